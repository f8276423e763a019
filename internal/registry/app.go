package registry

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/distribution/distribution/v3/configuration"
	"github.com/distribution/distribution/v3/registry/handlers"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem" // its driver, by name
	"github.com/sirupsen/logrus"
)

// What the embedded registry keeps in its directory, beside the daemon's files.
const (
	contentDir = "content"
	secretFile = "secret"
	portFile   = "port"
)

// App is the embedded registry's handler, without daemon, port or lock.
type App struct{ app *handlers.App }

// NewApp is a real registry for in-process use, as in tests:
//
//	app, err := registry.NewApp(ctx, t.TempDir(), t.Output())
//	server := httptest.NewServer(app)
//
// Nothing else may use the directory meanwhile. Errors of the registry are
// written to out.
func NewApp(ctx context.Context, dir string, out io.Writer) (*App, error) {
	secret, err := loadSecret(dir)
	if err != nil {
		return nil, err
	}
	return newApp(ctx, dir, secret, out)
}

// ServeHTTP answers the distribution API under /v2/.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.app.ServeHTTP(w, r) }

// Close ends what the registry does beside answering requests.
func (a *App) Close() error { return a.app.Shutdown() }

func newApp(ctx context.Context, dir, secret string, out io.Writer) (app *App, err error) {
	// distribution reports what is wrong with a configuration by a panic.
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("setting up the registry in %q: %v", dir, p)
		}
	}()
	logTo(out)
	root := filepath.Join(dir, contentDir)
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, fmt.Errorf("setting up the registry: %w", err)
	}
	config := &configuration.Configuration{
		Version: configuration.CurrentVersion,
		Storage: configuration.Storage{
			"filesystem": {"rootdirectory": root},
			"cache":      {"blobdescriptor": "inmemory"},
			"delete":     {"enabled": false},
		},
	}
	config.HTTP.Secret = secret
	// A client behind a tunnel or a proxy stays behind it.
	config.HTTP.RelativeURLs = true
	return &App{handlers.NewApp(ctx, config)}, nil
}

// logTo sends distribution's log, which is logrus's one logger of the process,
// to the writer: warnings and errors that are the registry's own.
func logTo(out io.Writer) {
	logrus.SetFormatter(serverErrors{&logrus.TextFormatter{DisableColors: true, FullTimestamp: true}})
	logrus.SetLevel(logrus.WarnLevel)
	logrus.SetOutput(out)
}

// serverErrors leaves out the answers 4xx: asking for what is not there is how
// clients find out what to push.
type serverErrors struct{ *logrus.TextFormatter }

// Format is nothing for what is left out.
func (f serverErrors) Format(entry *logrus.Entry) ([]byte, error) {
	if status, ok := entry.Data["http.response.status"].(int); ok && status >= 400 && status < 500 {
		return nil, nil
	}
	return f.TextFormatter.Format(entry)
}

// loadSecret is the directory's secret, made at the first start. Uploads carry
// their state signed with it, so it must outlive the process.
func loadSecret(dir string) (string, error) {
	path := filepath.Join(dir, secretFile)
	data, err := os.ReadFile(path)
	if err == nil && len(data) > 0 {
		return strings.TrimSpace(string(data)), nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("reading the registry's secret: %w", err)
	}
	var bits [32]byte
	_, _ = rand.Read(bits[:]) // never fails: it ends the process instead
	secret := hex.EncodeToString(bits[:])
	if err := writeFile(path, secret+"\n"); err != nil {
		return "", fmt.Errorf("keeping the registry's secret: %w", err)
	}
	return secret, nil
}

// writeFile puts a private file in place as a whole. The caller is the only
// writer: it holds the directory's lock.
func writeFile(path, text string) error {
	temp := path + ".new"
	if err := os.WriteFile(temp, []byte(text), 0o600); err != nil {
		return err
	}
	return os.Rename(temp, path)
}
