package envimage_test

import (
	"strings"
	"testing"

	"gantline.dev/gantline/build/envimage"
	"gantline.dev/gantline/internal/builder/buildertest"
)

func TestProbe(t *testing.T) {
	buildertest.Require(t)
	base := buildertest.Run(t, "base-image.sh", startRegistry(t)+"/base:bookworm")
	b := buildertest.Start(t)
	facts, err := envimage.Probe(t.Context(), b.Client(), envimage.Inputs{Base: base, Platform: "linux/amd64"}, envimage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(facts.Users, "root:x:0:0:") || !strings.HasPrefix(facts.Groups, "root:x:0:") {
		t.Errorf("users %q, groups %q", facts.Users, facts.Groups)
	}
	p := facts.Python
	if p == nil {
		t.Fatal("no Python was found in an image that has one")
	}
	if p.Implementation != "cpython" || p.ABI != "cp311" || p.GLibc != "2.36" || p.Machine != "x86_64" ||
		p.Interpreter != "/usr/bin/python3" || !strings.HasPrefix(p.Version, "3.11.") || len(p.Sites) > 0 {
		t.Errorf("found %+v in Debian 12", p)
	}
	if p.HasPip != (p.Installed["pip"] != "") {
		t.Errorf("it has pip: %v, but is among what is installed: %q", p.HasPip, p.Installed["pip"])
	}
}
