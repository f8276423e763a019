package config

import (
	"net"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"gantline.dev/gantline/internal/diag"
)

// checker fills defaults in and collects what the types of File can't say.
type checker struct {
	problems []diag.Problem
}

func (c *checker) errorf(pos diag.Position, rule, format string, args ...any) {
	c.problems = append(c.problems, diag.Errorf(pos, rule, format, args...))
}

func (c *checker) hintf(pos diag.Position, rule, hint, format string, args ...any) {
	c.problems = append(c.problems, diag.Errorf(pos, rule, format, args...).WithHint("%s", hint))
}

var (
	dnsLabel     = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)
	registryForm = regexp.MustCompile(`^[a-zA-Z0-9.\-\[\]:]+(/[a-z0-9._-]+)*$`)
	numericUser  = regexp.MustCompile(`^\d{1,9}:\d{1,9}$`)
	envName      = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	aptPackage   = regexp.MustCompile(`^[a-z0-9][a-z0-9+.\-]+(:[a-z0-9]+)?(=[A-Za-z0-9.+:~\-]+)?$`)
)

func orDefault[T any](v *diag.Value[T], otherwise T) T {
	if v == nil {
		return otherwise
	}
	return v.V
}

func texts(values []diag.Value[string]) []string {
	var out []string
	for _, v := range values {
		out = append(out, v.V)
	}
	return out
}

func pairs(values diag.Dict[diag.Value[string]]) []EnvVar {
	var out []EnvVar
	for _, entry := range values {
		out = append(out, EnvVar{entry.Key.V, entry.V.V})
	}
	return out
}

func (c *checker) resolve(f *File) *Config {
	if f.Version != nil && f.Version.V != 1 {
		c.hintf(f.Version.Pos, "version", "this gantline reads version 1; a newer one may read more", "version %d is not known", f.Version.V)
	}
	c.label(f.Project, "project", 40)
	out := &Config{
		Project:  f.Project.V,
		Registry: strings.TrimSuffix(orDefault(f.Registry, ""), "/"),
		Argo:     orDefault(f.Argo, "3.7"),
	}
	if f.Registry != nil && !registryForm.MatchString(out.Registry) {
		c.hintf(f.Registry.Pos, "registry", "write host[:port][/path] without https://", "%q is not a registry", f.Registry.V)
	}
	out.Flows = c.flows(f.Flows)
	for _, entry := range f.Images {
		if entry.V != nil {
			out.Images = append(out.Images, c.image(entry.Key, entry.V))
		}
	}
	c.defaults(f, out)
	out.Context = c.context(f.Context)
	if b := f.Budgets; b != nil {
		out.Budgets = Budgets{
			CommitGrowth: int64(orDefault(b.CommitGrowth, 0)),
			File:         int64(orDefault(b.File, 0)),
			Context:      int64(orDefault(b.Context, 0)),
		}
	}
	out.Deploy = c.deploy(f.Deploy, out.Registry)
	out.Run = c.run(f.Run, out.Deploy.Targets)
	return out
}

func (c *checker) label(v diag.Value[string], what string, limit int) {
	if !v.IsSet() || v.V == "" && v.Node != nil && v.Node.Kind != diag.String {
		return // a missing or ill-typed key is a problem already
	}
	if !dnsLabel.MatchString(v.V) {
		c.hintf(v.Pos, "name", "lower-case letters, digits and dashes, beginning and ending with a letter or digit", "%s %q is not a DNS label", what, v.V)
	} else if len(v.V) > limit {
		c.errorf(v.Pos, "name", "%s %q has %d characters; at most %d leave room for what is appended", what, v.V, len(v.V), limit)
	}
}

func (c *checker) flows(sources []FlowSource) []Pattern {
	var out []Pattern
	for _, source := range sources {
		if source.Own == nil || source.Own.V == "" {
			continue
		}
		if _, err := path.Match(source.Own.V, "x"); err != nil || path.IsAbs(source.Own.V) || strings.HasPrefix(path.Clean(source.Own.V), "..") {
			c.hintf(source.Own.Pos, "pattern", "write a path below the repository's root, such as workflows/*.yaml", "%q is not a pattern of files in the repository", source.Own.V)
			continue
		}
		out = append(out, Pattern{Glob: path.Clean(source.Own.V), Pos: source.Own.Pos})
	}
	return out
}

func (c *checker) image(name diag.Value[string], f *ImageFile) Image {
	c.label(name, "image", 40)
	image := Image{
		Pos: name.Pos, Name: name.V, Default: orDefault(f.Default, false),
		Base: f.Base.V, BasePos: f.Base.Pos,
		Platform: "linux/amd64",
		System:   texts(f.System), Setup: texts(f.Setup),
		CodeTo: "/workspace", User: orDefault(f.User, "1000:1000"),
		Env: pairs(f.Env), Labels: pairs(f.Labels),
		Compression: orDefault(f.Compression, "gzip"),
	}
	if f.Base.Pos.File != "" && !baseForm.MatchString(f.Base.V) {
		c.hintf(f.Base.Pos, "base", "write it as debian:bookworm or registry.example.com/team/base:1.2", "%q is not a reference to an image", f.Base.V)
	}
	c.platforms(f.Platforms)
	for _, pkg := range f.System {
		if !aptPackage.MatchString(pkg.V) {
			c.errorf(pkg.Pos, "apt", "%q is not the name of an apt package", pkg.V)
		}
	}
	for _, command := range f.Setup {
		c.command("setup", command.Pos, command.V)
	}
	c.env(f.Env)
	if f.User != nil && !numericUser.MatchString(f.User.V) {
		c.hintf(f.User.Pos, "user", `write it as "1000:1000", in quotes`, "%q is not a numeric user and group", f.User.V)
	}
	if f.Code != nil && f.Code.To != nil {
		image.CodeTo = c.codeTo(*f.Code.To)
	}
	image.Data = c.data(f.Data)
	if f.Code != nil {
		image.Finish = c.finish(f.Code.Finish, image)
	}
	if f.Python != nil {
		image.Python = c.python(f.Python)
	}
	if image.Base == Scratch && (len(image.System) > 0 || image.Python != nil || len(image.Setup) > 0) {
		c.hintf(f.Base.Pos, "scratch", "name a base image, or take system, python and setup out", "image %q has nothing to install packages with: its base is scratch", name.V)
	}
	return image
}

func (c *checker) env(vars diag.Dict[diag.Value[string]]) {
	for _, entry := range vars {
		if strings.Contains(entry.V.V, "\x00") {
			c.errorf(entry.V.Pos, "env", "the value has a zero byte, which none can have")
		}
		if !envName.MatchString(entry.Key.V) {
			c.errorf(entry.Key.Pos, "env", "%q is not the name of an environment variable", entry.Key.V)
		}
	}
}

func (c *checker) platforms(platforms []diag.Value[string]) {
	for i, platform := range platforms {
		if platform.V != "linux/amd64" || i > 0 {
			c.hintf(platform.Pos, "not-yet", "write platforms: [linux/amd64]", "building for %q does not exist yet", platform.V)
		}
	}
}

// reserved are directories that other layers of an image own.
var reserved = []string{"/opt/gantline", "/opt/venv", "/.gantline", "/var/run/gantline", "/run/gantline"}

func (c *checker) codeTo(to diag.Value[string]) string {
	clean := path.Clean(to.V)
	if !path.IsAbs(to.V) || clean == "/" {
		c.hintf(to.Pos, "code-to", "write an absolute directory such as /workspace", "%q can't hold the code", to.V)
		return "/workspace"
	}
	for _, dir := range append(slices.Clone(reserved), "/usr", "/etc", "/bin", "/lib", "/tmp", "/home", "/proc", "/sys", "/dev", "/var", "/opt") {
		inside := slices.Contains(reserved, dir) && strings.HasPrefix(clean, dir+"/")
		if clean == dir || inside || strings.HasPrefix(dir, clean+"/") {
			c.hintf(to.Pos, "code-to", "the code's directory replaces what the image has there; choose one of its own, such as /workspace", "%q holds other parts of an image", to.V)
			return "/workspace"
		}
	}
	return clean
}

// command checks what sh is to run.
func (c *checker) command(rule string, pos diag.Position, text string) {
	switch {
	case strings.TrimSpace(text) == "":
		c.errorf(pos, rule, "the command is empty")
	case strings.Contains(text, "\x00"):
		c.errorf(pos, rule, "the command has a zero byte, which none can have")
	}
}

func (c *checker) finish(commands []FinishFile, image Image) []Finish {
	var out []Finish
	for _, command := range commands {
		if !command.Run.IsSet() {
			continue // a problem already
		}
		c.command("finish", command.Pos, command.Run.V)
		if image.Base == Scratch {
			c.hintf(command.Pos, "scratch", "name a base image, or take finish out", "image %q has nothing to run commands in: its base is scratch", image.Name)
		}
		out = append(out, Finish{Run: command.Run.V, Pos: command.Pos, Inputs: patterns(command.Inputs)})
	}
	return out
}

func (c *checker) python(f *PythonFile) *Python {
	out := &Python{ConstrainToBase: f.Constraints != nil}
	for _, file := range f.Requirements {
		clean := path.Clean(file.V)
		if path.IsAbs(clean) || clean == "." || clean == ".." || strings.HasPrefix(clean, "../") {
			c.hintf(file.Pos, "requirements", "write a path below the repository's root, such as requirements.lock", "%q is not a file of the repository", file.V)
			continue
		}
		if path.Base(clean) == "poetry.lock" {
			c.hintf(file.Pos, "requirements", "export it: poetry export -o requirements.lock", "%q is of a format that is not read", file.V)
		}
		out.Requirements = append(out.Requirements, Pattern{Glob: clean, Pos: file.Pos})
	}
	if f.Index != nil {
		c.index(f.Index, out)
	}
	return out
}

func (c *checker) index(f *IndexFile, out *Python) {
	if f.URL == nil {
		c.hintf(f.Pos, "index", "add its address, url", "a package index without an address")
		return
	}
	out.Index = f.URL.V
	plain := strings.HasPrefix(out.Index, "http://")
	if !plain && !strings.HasPrefix(out.Index, "https://") {
		c.errorf(f.URL.Pos, "index", "%q is not the address of a package index", out.Index)
	}
	if host, _, at := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(out.Index, "https://"), "http://"), "@"); at && !strings.Contains(host, "/") {
		c.hintf(f.URL.Pos, "secret", "take user and password out of the address, and name a secret: {url, secret}", "the address of the package index holds credentials, and stands in git")
	}
	if f.Secret == nil {
		return
	}
	out.IndexSecret = f.Secret.V
	if !secretName.MatchString(out.IndexSecret) {
		c.errorf(f.Secret.Pos, "secret", "%q is not the name of a secret: letters, digits, - and _, a letter first", out.IndexSecret)
	}
	if plain && !loopbackURL(out.Index) {
		c.hintf(f.URL.Pos, "secret", "use https", "credentials would go to this index without encryption")
	}
}

// secretName is a name that an environment variable can have, but for the case
// and the hyphens.
var secretName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`)

// loopbackURL says whether an address is on this machine.
func loopbackURL(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

func (c *checker) defaults(f *File, out *Config) {
	var chosen []string
	for _, image := range out.Images {
		if image.Default {
			chosen = append(chosen, image.Name)
		}
	}
	if len(out.Images) > 1 && len(chosen) != 1 {
		c.hintf(out.Images[0].Pos, "default-image", "set default: true in one of them", "%d of %d images are the default; exactly one must be", len(chosen), len(out.Images))
	}
	if len(f.Images) == 0 && len(f.Flows) > 0 {
		c.hintf(f.Pos, "images", "add images: {train: {base: …}}", "flows are declared, but no image for their steps")
	}
}

func (c *checker) context(f *ContextFile) Context {
	out := Context{MaxFile: 10_000_000, Unreachable: ReportUnreachable}
	if f == nil {
		return out
	}
	out.Exclude = patterns(f.Exclude)
	if f.LFS != nil {
		out.Fetch = patterns(f.LFS.Fetch)
	}
	out.MaxFile = int64(orDefault(f.MaxFile, diag.Size(out.MaxFile)))
	out.Unreachable = Unreachable(orDefault(f.Unreachable, string(out.Unreachable)))
	return out
}

func patterns(texts []diag.Value[string]) []Pattern {
	var out []Pattern
	for _, text := range texts {
		out = append(out, Pattern{Glob: text.V, Pos: text.Pos})
	}
	return out
}

// baseForm is a reference to an image: host, path, tag, digest.
var baseForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]*(/[a-z0-9][a-z0-9._-]*)*(:[A-Za-z0-9_][A-Za-z0-9._-]*)?(@sha256:[0-9a-f]{64})?$`)
