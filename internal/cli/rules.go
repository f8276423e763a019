package cli

import (
	"fmt"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/workflows"
)

// rule is what stands in brackets behind a problem, explained.
type rule struct{ name, doc string }

// rules are those of flows, which the language itself explains, and those of
// gantline.yaml and gantline.lock.
func rules() []rule {
	var all []rule
	for _, r := range workflows.Rules() {
		all = append(all, rule{r.Name, r.Doc})
	}
	return append(all, projectRules()...)
}

func projectRules() []rule {
	return []rule{
		{"apt", "The name of an apt package is lower-case letters, digits and +-. with an optional =VERSION."},
		{"base", "A base image is a name of the kind that docker pull takes, or scratch. A name without a registry's host is one of Docker Hub."},
		{"branch", "A branch is named as git names it, without refs/heads/."},
		{"code-to", "The code's directory is absolute and replaces nothing else of the image: /workspace, say."},
		{"default-image", "Of several images exactly one is the default: what a step without image: runs in."},
		{"digest", "A digest is sha256: and 64 hexadecimal digits."},
		{"env", "The name of an environment variable is letters, digits and underscores, and begins with none of the digits; its value has no zero byte."},
		{"flows", "A pattern under flows: matches no file of the commit. Nothing of it is rendered."},
		{"finish", "A command of code.finish has something to run, for sh."},
		{"images", "Flows need at least one image for their steps."},
		{"index", "A package index is an address that begins with https:// or http://."},
		{"data", "An image's data can't be read: its name, its path, or no file of the commit is there. Or it is so large that every node's first pull takes long, or another image has a large file of it among its code."},
		{"inputs", "A pattern of a command's inputs matches no file that is in the image, so the command sees none by it."},
		{"lfs", "A pattern of context.lfs.fetch takes nothing into the image: no LFS pointer of the commit matches it, or all that do are left out by context.exclude."},
		{"not-yet", "A key is known, but what it stands for does not exist in this version. It is an error so that nobody relies on it."},
		{"pattern", "A pattern of files is a path below the repository's root; * matches within a directory, ** across them."},
		{"platform", "A platform is an operating system and an architecture: linux/amd64."},
		{"registry", "A registry is host[:port][/path], without https://."},
		{"requirements", "A requirements file, or one that it includes, is not in the commit. Images are built from commits alone."},
		{"scratch", "An image on scratch holds the code and nothing else: there is nothing in it to install packages with."},
		{"secret", "Credentials stand in a file that is committed. Git keeps them for good, and everybody who clones can read them."},
		{"setup", "A command of setup has something to run, for sh."},
		{"target", "A deploy target names a git branch for rendered manifests, another one than the deploy branch."},
		{"no-shell", "A warning: a step runs a script, but its image is built on scratch and has no shell. A base image brings one, an argument list needs none."},
		{"unpinned", "A warning: gantline.lock has no digest for a base image, or none for the platform. gantline lock writes it."},
		{"user", "A user is UID or UID:GID in digits: a name would mean what the image's passwd file says."},
		{"version", "The format of gantline.yaml is newer than this gantline."},
	}
}

// explainRule prints what a rule means.
func (o *checkOptions) explainRule() error {
	var names []string
	for _, r := range rules() {
		if r.name == o.explain {
			_, err := fmt.Fprintf(o.app.Streams.Out, "%s: %s\n", r.name, r.doc)
			return err
		}
		names = append(names, r.name)
	}
	err := fmt.Errorf("there is no rule %q", o.explain)
	if near, ok := diag.Nearest(o.explain, names); ok {
		err = fmt.Errorf("there is no rule %q; did you mean %q?", o.explain, near)
	}
	return usageError{err}
}
