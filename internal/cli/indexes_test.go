package cli

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/build/wheels"
)

func TestParseNetrc(t *testing.T) {
	text := "machine one.example.com login me password secret\n# odd\ndefault login any password none\nmachine two.example.com\n\tpassword p account x\n\tlogin l\nmachine"
	want := map[string]wheels.Login{
		"one.example.com": {User: "me", Password: "secret"},
		"two.example.com": {User: "l", Password: "p"},
	}
	if diff := cmp.Diff(want, parseNetrc(text)); diff != "" {
		t.Errorf("logins (-want +got):\n%s", diff)
	}
}

func TestSecret(t *testing.T) {
	for value, want := range map[string]wheels.Login{
		"me:pass:word": {User: "me", Password: "pass:word"},
		" abc123\n":    {User: "__token__", Password: "abc123"},
		"":             {},
	} {
		a := &app{Process: Process{Getenv: func(name string) string {
			if name == "GANTLINE_SECRET_OUR_INDEX" {
				return value
			}
			return "another"
		}}}
		got, err := a.secret("our-index")
		if diff := cmp.Diff(want, got); diff != "" || (err != nil) != (value == "") {
			t.Errorf("%q: %v (-want +got):\n%s", value, err, diff)
		}
	}
}
