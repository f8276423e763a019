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
schemas that editors check them with. Nothing that exists is overwritten.`,
		Args: noArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error { return opts.run(cmd.Context()) },
	}
	cmd.Flags().StringVar(&opts.base, "base", "", "base image; found in the Dockerfile where there is one")
	cmd.Flags().StringVar(&opts.flow, "flow", "", "a flow that ships with gantline (does not exist yet)")
	cmd.Flags().BoolVar(&opts.circleci, "circleci", false, "write a CircleCI config (does not exist yet)")
	cmd.Flags().BoolVar(&opts.hook, "hook", false, "add a pre-push hook (does not exist yet)")
	return cmd
}

func (o *initOptions) run(ctx context.Context) error {
	if o.flow != "" || o.circleci || o.hook {
		return usageError{errors.New("--flow, --circleci and --hook do not exist yet in this version; gantline init without them writes a first flow")}
	}
	repo, err := o.app.openRepo(ctx)
	if err != nil {
		return err
	}
	if repo.Bare() {
		return usageError{errors.New("the repository is bare: run gantline init in a clone of it")}
	}
	found, err := o.survey(ctx, repo)
	if err != nil {
		return err
	}
	files, err := found.files()
	if err != nil {
		return err
	}
	written, err := o.writeMissing(repo.Root(), files)
	if err != nil {
		return err
	}
	if err := o.lock(ctx); err != nil {
		o.app.printer().Warn("gantline.lock is not written: %s", err)
		o.app.printer().Say("  when the registry can be reached: gantline lock")
	} else if hasFile(repo.Root(), pipeline.LockFile) {
		written = append(written, pipeline.LockFile)
	}
	o.next(written)
	return nil
}

// survey is what init found in the repository.
type survey struct {
	Project, Base, Branch, Requirements string
	Exclude                             []string
	hasFlows                            bool
}

func (o *initOptions) survey(ctx context.Context, repo *gitrepo.Repo) (*survey, error) {
	root, printer := repo.Root(), o.app.printer()
	found := &survey{Project: projectName(filepath.Base(root)), Base: o.base}
	branch, err := repo.CurrentBranch(ctx)
	if err != nil {
		return nil, err
	}
	if remote, err := repo.DefaultBranch(ctx, "origin"); err == nil && remote != "" {
		branch = remote
	}
	found.Branch = branch
	if found.Branch == "" {
		found.Branch = "main"
	}
	if found.Base == "" {
		found.Base = dockerfileBase(filepath.Join(root, "Dockerfile"))
		if found.Base != "" {
			printer.Say("Dockerfile: builds from %s, so the image does too", found.Base)
		}
	}
	if found.Base == "" {
		found.Base = "docker.io/library/python:3.12-slim-bookworm"
		printer.Say("no Dockerfile: the image is built from %s; name another with --base", found.Base)
	}
	if found.Base != config.Scratch {
		for _, name := range []string{"requirements.lock", "requirements.txt"} {
			if hasFile(root, name) {
				found.Requirements = name
				printer.Say("%s: pip installs from it", name)
				break
			}
		}
	}
	for _, dir := range []string{"notebooks", "docs", "tests", "data", "checkpoints"} {
		if info, err := os.Stat(filepath.Join(root, dir)); err == nil && info.IsDir() && dir != "data" {
			found.Exclude = append(found.Exclude, dir+"/")
			printer.Say("%s/: stays out of the image; take the rule out where a step needs it", dir)
		}
	}
	found.Exclude = append(found.Exclude, "*.ipynb")
	existing, err := filepath.Glob(filepath.Join(root, "workflows", "*.yaml"))
	if err != nil {
		return nil, err
	}
	found.hasFlows = len(existing) > 0
	return found, nil
}

// projectName makes a DNS label of a directory's name.
func projectName(name string) string {
	var out strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			out.WriteRune(r)
		case out.Len() > 0:
			out.WriteByte('-')
		}
	}
	label := strings.Trim(out.String()[:min(out.Len(), 40)], "-")
	if label == "" {
		return "project"
	}
	return label
}

// dockerfileBase is what the last stage of a Dockerfile is built from, where
// that is an image by name.
func dockerfileBase(file string) string {
	content, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	base := ""
	for line := range strings.Lines(string(content)) {
		fields := strings.Fields(line)
		if len(fields) < 2 || !strings.EqualFold(fields[0], "FROM") {
			continue
		}
		ref := fields[1]
		if strings.HasPrefix(ref, "--") && len(fields) > 2 {
			ref = fields[2]
		}
		if strings.ContainsAny(ref, ":/@") && !strings.Contains(ref, "$") {
			base = ref
		}
	}
	return base
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
func (o *initOptions) writeMissing(root string, files []newFile) ([]string, error) {
	var written []string
	for _, f := range files {
		path := filepath.Join(root, f.path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, fmt.Errorf("writing %q: %w", f.path, err)
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
			return nil, fmt.Errorf("writing %q: %w", f.path, err)
		}
		o.app.printer().Say("wrote    %s", f.path)
		written = append(written, f.path)
	}
	return written, nil
}

// lock writes gantline.lock for the work tree as it now is.
func (o *initOptions) lock(ctx context.Context) error {
	return (&lockOptions{app: o.app, onlyMissing: true}).run(ctx)
}

// next says what to do now.
func (o *initOptions) next(written []string) {
	out := o.app.Streams.Out
	fmt.Fprintln(out, "Next:")
	fmt.Fprintln(out, "  gantline check     # every problem, at its line")
	fmt.Fprintln(out, "  gantline files     # what goes into the image, and why the rest does not")
	if len(written) > 0 {
		fmt.Fprintln(out, "  git add gantline.yaml gantline.lock workflows .gantline && git commit -m 'Add Gantline'")
	}
	fmt.Fprintln(out, "  gantline pipeline  # build, render and preview the commit")
}
