package cli

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/internal/config"
	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/pipeline"
)

//go:embed templates
var templates embed.FS

type initOptions struct {
	app      *app
	base     string
	flow     string
	circleci bool
	hook     bool
}

func (a *app) initCommand() *cobra.Command {
	opts := &initOptions{app: a}
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write gantline.yaml and a first flow for this repository",
		Long: `Looks at the repository and writes gantline.yaml, a first flow, the lock and the
schemas that editors check them with. Nothing that exists is overwritten.

With --hook it also adds a pre-push hook, which refuses what is over a budget of
gantline.yaml; where gantline.yaml exists, the hook is all that it adds.`,
		Args: noArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error { return opts.run(cmd.Context()) },
	}
	cmd.Flags().StringVar(&opts.base, "base", "", "base image; found in the Dockerfile where there is one")
	cmd.Flags().StringVar(&opts.flow, "flow", "", "a flow that ships with gantline (does not exist yet)")
	cmd.Flags().BoolVar(&opts.circleci, "circleci", false, "write a CircleCI config (does not exist yet)")
	cmd.Flags().BoolVar(&opts.hook, "hook", false, "add a pre-push hook that refuses what is over budget")
	return cmd
}

func (o *initOptions) run(ctx context.Context) error {
	if o.flow != "" || o.circleci {
		return usageError{errors.New("--flow and --circleci do not exist yet in this version; gantline init without them writes a first flow")}
	}
	repo, err := o.app.openRepo(ctx)
	if err != nil {
		return err
	}
	if repo.Bare() {
		return usageError{errors.New("the repository is bare: run gantline init in a clone of it")}
	}
	if o.hook && hasFile(repo.Root(), config.FileName) {
		o.app.printer().Say("kept     %s", config.FileName)
		return o.writeHook(ctx, repo)
	}
	if err := o.writeProject(ctx, repo); err != nil || !o.hook {
		return err
	}
	return o.writeHook(ctx, repo)
}

// writeProject writes what a project needs, and says what comes next.
func (o *initOptions) writeProject(ctx context.Context, repo *gitrepo.Repo) error {
	found, err := o.survey(ctx, repo)
	if err != nil {
		return err
	}
	files, err := found.files()
	if err != nil {
		return err
	}
	if err := o.writeMissing(repo.Root(), files); err != nil {
		return err
	}
	if err := o.lock(ctx); err != nil {
		if ctx.Err() != nil {
			return err
		}
		o.app.printer().Warn("gantline.lock is not written: %s", err)
		o.app.printer().Say("  once that is mended: gantline lock")
	}
	o.next(repo.Root())
	return nil
}

// newFile is a file that init writes where there is none.
type newFile struct {
	path    string
	content []byte
}

func (s *survey) files() ([]newFile, error) {
	project, err := expand("gantline.yaml.tmpl", s)
	if err != nil {
		return nil, err
	}
	files := []newFile{{config.FileName, project}}
	if !s.hasFlows {
		flow, err := expand("flow.yaml.tmpl", s)
		if err != nil {
			return nil, err
		}
		files = append(files, newFile{"workflows/hello.yaml", flow})
	}
	for _, schema := range schemas() {
		content, err := schema.make()
		if err != nil {
			return nil, err
		}
		files = append(files, newFile{".gantline/schema/" + schema.name + ".json", content})
	}
	return append(files, newFile{".gantline/.gitignore", []byte("commits/\n")}), nil
}

func expand(name string, data any) ([]byte, error) {
	parsed, err := template.ParseFS(templates, "templates/"+name)
	if err != nil {
		return nil, fmt.Errorf("reading template %q: %w", name, err)
	}
	var out bytes.Buffer
	if err := parsed.Execute(&out, data); err != nil {
		return nil, fmt.Errorf("expanding template %q: %w", name, err)
	}
	return out.Bytes(), nil
}

// writeMissing writes the files that do not exist and says of each what it did.
func (o *initOptions) writeMissing(root string, files []newFile) error {
	for _, f := range files {
		path := filepath.Join(root, f.path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("writing %q: %w", f.path, err)
		}
		// O_EXCL: a file that appears meanwhile is not overwritten either.
		file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, os.ErrExist) {
			o.app.printer().Say("kept     %s", f.path)
			continue
		}
		if err == nil {
			_, err = file.Write(f.content)
			if closeErr := file.Close(); err == nil {
				err = closeErr
			}
		}
		if err != nil {
			return fmt.Errorf("writing %q: %w", f.path, err)
		}
		o.app.printer().Say("wrote    %s", f.path)
	}
	return nil
}

// lock writes gantline.lock for the work tree as it now is.
func (o *initOptions) lock(ctx context.Context) error {
	return (&lockOptions{app: o.app, onlyMissing: true}).run(ctx)
}

// next says what to do now. It names only what is there: git add fails for
// the rest.
func (o *initOptions) next(root string) {
	var add []string
	for _, name := range []string{config.FileName, pipeline.LockFile, "workflows", ".gantline"} {
		if _, err := os.Stat(filepath.Join(root, name)); err == nil {
			add = append(add, name)
		}
	}
	fmt.Fprintf(o.app.Streams.Out, `Next:
  gantline check     # every problem, at its line
  gantline files     # what goes into the image, and why the rest does not
  git add %s && git commit -m 'Add Gantline'
  gantline pipeline  # build, render and preview the commit
`, strings.Join(add, " "))
}
