package slurm

import (
	"fmt"
	"strings"
	"testing"
)

func TestAddUserFindsAFreeNumber(t *testing.T) {
	cases := map[string]struct {
		passwd, group string
		want          int
	}{
		"nothing there":     {"root:x:0:0:::\n", "root:x:0:\n", 20000},
		"user has it":       {"a:x:20000:100:::\n", "", 20001},
		"group has it":      {"", "g:x:20000:\ng2:x:20001:\n", 20002},
		"its own is free":   {User + ":x:20000:20000:::\n", User + ":x:20000:\n", 20000},
		"lines that aren't": {"+::::::\nbroken\n\n", "+:::\n", 20000},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := addUser(c.passwd, c.group); got.id != c.want {
				t.Errorf("number %d, want %d, in\n%s", got.id, c.want, got.passwd)
			}
		})
	}
}

// FuzzAddUser: whatever a machine's files hold, the node has svc-gantline once,
// with a number of its own, and no password.
func FuzzAddUser(f *testing.F) {
	f.Add("root:x:0:0:root:/root:/bin/bash\n", "root:x:0:\n")
	f.Add(User+":x:7:7:::\nb:x:20000:1:::", "c:x:20001:")
	f.Add("+::::::\n:::\n", "\n\n")
	f.Fuzz(func(t *testing.T, passwd, group string) {
		got := addUser(passwd, group)
		own, id := 0, fmt.Sprint(got.id)
		for _, line := range strings.Split(got.passwd+got.group, "\n") {
			fields := strings.Split(line, ":")
			switch {
			case fields[0] == User:
				own++
			case len(fields) > 2 && fields[2] == id:
				t.Errorf("%s has svc-gantline's number: %q", id, line)
			}
		}
		if own != 2 {
			t.Errorf("%d entries of svc-gantline, want a user and a group:\n%s%s", own, got.passwd, got.group)
		}
		for _, line := range strings.Split(strings.TrimSuffix(got.shadow, "\n"), "\n") {
			if !strings.HasSuffix(line, ":*:::::::") {
				t.Errorf("an account may have a password: %q", line)
			}
		}
	})
}
