package cli

import "strings"

// ciBranch is the branch that a CI job builds: of CircleCI, GitHub Actions or
// GitLab. It is empty outside CI, and for jobs of tags and of pull requests.
func (a *app) ciBranch() string {
	if branch := a.Getenv("CIRCLE_BRANCH"); branch != "" {
		return branch
	}
	if branch, ok := strings.CutPrefix(a.Getenv("GITHUB_REF"), "refs/heads/"); ok {
		return branch
	}
	return a.Getenv("CI_COMMIT_BRANCH")
}
