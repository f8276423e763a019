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
