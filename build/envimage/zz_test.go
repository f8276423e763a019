package envimage_test
import ("testing";"os";"bytes";"strings";"gantline.dev/gantline/build/envimage";"gantline.dev/gantline/internal/builder/buildertest")
func TestZZ(t *testing.T) {
	buildertest.Require(t)
	registry := startRegistry(t)
	base := buildertest.Run(t, "base-image.sh", registry+"/base:bookworm")
	ca, _ := os.ReadFile("/etc/ssl/certs/ca-certificates.crt")
	b := buildertest.Start(t)
	run := func(name string, in envimage.Inputs) string {
		var progress bytes.Buffer
		show, _ := envimage.ShowOn(&progress, "plain")
		in.Platform = "linux/amd64"; in.User = envimage.DefaultUser(1000,1000)
		r, err := envimage.Build(t.Context(), b.Client(), in, registry+"/agent/train", envimage.Options{Progress: show, Host: envimage.Host{CABundle: ca, Env: map[string]string{"PIP_DEFAULT_TIMEOUT":"60"}}})
		lines := strings.Split(progress.String(), "\n")
		t.Log(name, "\n", strings.Join(lines[max(0, len(lines)-60):], "\n"))
		t.Log(name, r, err)
		return r.Reference()
	}
	withPip := run("pypi", envimage.Inputs{Base: base, Requirements: []envimage.File{{Path:"r.txt", Data: []byte("six==1.16.0\nidna\n")}}, Setup: []string{"pip check; pip list; which pip; ls -la /opt/gantline/venv/bin"}})
	run("on itself", envimage.Inputs{Base: withPip, BaseConstrains: true, Requirements: []envimage.File{{Path:"r.txt", Data: []byte("six==1.17.0\n")}}})
	run("on itself ok", envimage.Inputs{Base: withPip, BaseConstrains: true, Requirements: []envimage.File{{Path:"r.txt", Data: []byte("six\n")}}})
	noens := run("no ensurepip base", envimage.Inputs{Base: base, Setup: []string{"rm -rf /usr/lib/python3.11/ensurepip"}})
	run("no ensurepip", envimage.Inputs{Base: noens, Requirements: []envimage.File{{Path:"r.txt", Data: []byte("six\n")}}})
	run("python3-pip", envimage.Inputs{Base: noens, System: []string{"python3-pip"}, BaseConstrains: true, Requirements: []envimage.File{{Path:"r.txt", Data: []byte("six\n")}}, Setup: []string{"pip check; pip list; which pip; python -c 'import six; print(six.__file__)'"}})
	inner := run("venv base", envimage.Inputs{Base: base, Setup: []string{"python3 -m venv /opt/inner && /opt/inner/bin/pip install six==1.15.0 && printf '#!/bin/sh\\nexec /opt/inner/bin/python3 \"$@\"\\n' > /usr/local/bin/python3 && chmod 755 /usr/local/bin/python3 && python3 -c 'import sys,six; print(sys.prefix)'"}})
	run("on venv base", envimage.Inputs{Base: inner, BaseConstrains: true, Requirements: []envimage.File{{Path:"r.txt", Data: []byte("six\nidna\n")}}, Setup: []string{"pip check; pip list; python -c 'import six,idna; print(six.__file__, idna.__file__)'"}})
}
