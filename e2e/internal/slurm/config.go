package slurm

import (
	"embed"
	"fmt"
	"net"
	"strconv"
	"strings"
	"text/template"
)

// The configuration files, with the few values that differ left open.
//
//go:embed conf/*.tmpl
var templates embed.FS

// firstSlurmd is the port of the first slurmd; those of the others follow.
const firstSlurmd = 6818

// file is a file to write: where below Options.Dir, what, and its mode.
type file struct {
	path    string
	content string
	mode    uint32
}

// configuration is every file that follows from the options and the accounts
// alone.
func configuration(o Options, a accounts) ([]file, error) {
	values := struct {
		Hostname, Listen, User                    string
		Nodes, GPUs, LastGPU, FirstPort, LastPort int
	}{
		Hostname: o.Hostname, Listen: net.JoinHostPort(o.NodeAddress, strconv.Itoa(Port)), User: User,
		Nodes: Nodes, GPUs: GPUs, LastGPU: GPUs - 1, FirstPort: firstSlurmd, LastPort: firstSlurmd + Nodes - 1,
	}
	parsed, err := template.ParseFS(templates, "conf/*.tmpl")
	if err != nil {
		return nil, fmt.Errorf("reading Slurm's configuration: %w", err)
	}
	files := []file{
		{"etc/passwd", a.passwd, 0o644},
		{"etc/group", a.group, 0o644},
		{"etc/shadow", a.shadow, 0o600},
	}
	for _, path := range []string{"etc/slurm/slurm.conf", "etc/slurm/gres.conf", "etc/ssh/sshd_config"} {
		name := path[strings.LastIndex(path, "/")+1:]
		var text strings.Builder
		if err := parsed.ExecuteTemplate(&text, name+".tmpl", values); err != nil {
			return nil, fmt.Errorf("writing %q: %w", name, err)
		}
		files = append(files, file{path, text.String(), 0o644})
	}
	return files, nil
}
