package workflows

import (
	"path"
	"regexp"
	"strings"

	"gantline.dev/gantline/internal/diag"
)

var (
	subdomain = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)
	secretKey = regexp.MustCompile(`^[-._a-zA-Z0-9]+$`)
)

func kubernetesRule() Rule {
	return Rule{Name: "kubernetes", check: checkKubernetes, Doc: "What names an object of Kubernetes is a name to Kubernetes: secrets, claims, service accounts, priority classes. " +
		"Mount paths and file paths are absolute, and each is used once by a step."}
}

func checkKubernetes(a *analysis) []diag.Problem {
	var out []diag.Problem
	for _, step := range a.flow.written() {
		for _, secret := range step.Secrets {
			if secret != nil {
				out = append(out, objectName("secret", &secret.Secret)...)
				out = append(out, keyName(secret.Key)...)
			}
		}
		for _, volume := range step.Volumes {
			if volume != nil {
				out = append(out, objectName("claim", volume.Claim)...)
			}
		}
		out = append(out, objectName("service account", step.ServiceAccount)...)
		out = append(out, objectName("priority class", step.Priority)...)
		out = append(out, pathProblems(step.Step)...)
	}
	return out
}

func objectName(what string, name *diag.Value[string]) []diag.Problem {
	if name == nil || name.V == "" || subdomain.MatchString(name.V) && len(name.V) <= 253 {
		return nil
	}
	return one(diag.Errorf(name.Pos, "kubernetes", "%q is no name of a %s in Kubernetes", name.V, what).
		WithHint("lower-case letters, digits, dashes and dots, at most 253"))
}

func keyName(key *diag.Value[string]) []diag.Problem {
	if key == nil || key.V == "" || secretKey.MatchString(key.V) && len(key.V) <= 253 {
		return nil
	}
	return one(diag.Errorf(key.Pos, "kubernetes", "%q is no key of a secret", key.V).WithHint("letters, digits, dashes, underscores and dots"))
}

func pathProblems(s *Step) []diag.Problem {
	var out []diag.Problem
	seen := map[string]diag.Position{}
	for _, p := range mountPaths(s) {
		switch clean := path.Clean(p.V); {
		case p.V == "":
		case !strings.HasPrefix(p.V, "/") || strings.Contains(p.V, "/../") || strings.HasSuffix(p.V, "/.."):
			out = append(out, diag.Errorf(p.Pos, "kubernetes", "path %q is not absolute", p.V).WithHint("start it with /"))
		case seen[clean].IsSet():
			out = append(out, diag.Errorf(p.Pos, "kubernetes", "path %q is used twice; first at line %d", p.V, seen[clean].Line))
		default:
			seen[clean] = p.Pos
		}
	}
	if s.Workdir != nil && s.Workdir.V != "" && !strings.HasPrefix(s.Workdir.V, "/") {
		out = append(out, diag.Errorf(s.Workdir.Pos, "kubernetes", "working directory %q is not absolute", s.Workdir.V).WithHint("start it with /"))
	}
	return out
}

// mountPaths is where a step mounts and writes what the flow gives it.
func mountPaths(s *Step) []diag.Value[string] {
	var paths []diag.Value[string]
	for _, volume := range s.Volumes {
		if volume != nil {
			paths = append(paths, volume.Path)
		}
	}
	for _, secret := range s.Secrets {
		if secret != nil && secret.Path != nil {
			paths = append(paths, *secret.Path)
		}
	}
	for _, file := range s.Files {
		paths = append(paths, file.Key)
	}
	if s.Artifacts != nil {
		for _, artifact := range s.Artifacts.In {
			paths = append(paths, artifact.Key)
		}
	}
	return paths
}
