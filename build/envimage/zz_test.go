package envimage_test
import ("testing";"bytes";"gantline.dev/gantline/build/envimage";"gantline.dev/gantline/internal/builder/buildertest")
func TestAptScratch(t *testing.T) {
	buildertest.Require(t)
	registry := startRegistry(t)
	base := buildertest.Run(t, "base-image.sh", registry+"/base:bookworm")
	in := envimage.Inputs{Base: base, Platform: "linux/amd64", System: []string{"openssh-client","jq"}, User: envimage.DefaultUser(1000, 1000), Compression: "zstd"}
	var first envimage.Result
	for i := range 2 {
	var progress bytes.Buffer
	show, _ := envimage.ShowOn(&progress, "plain")
	r, err := envimage.Build(t.Context(), buildertest.Start(t).Client(), in, registry+"/agent/train", envimage.Options{Progress: show})
	t.Log(progress.String())
	if err != nil { t.Fatal(err) }
	t.Log(r)
	img := pull(t, r)
	m, _ := img.Manifest(); t.Logf("%+v", m)
	c,_ := img.RawConfigFile(); t.Log(string(c))
	if i == 0 { first = r; for _, l := range newLayers(t, img) { for _, e := range l { t.Log(e.header.Name, e.header.ModTime) } } } else if first.Digest != r.Digest { t.Error("differs")}
	}
}
