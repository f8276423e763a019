package build

import (
	"fmt"
	"strconv"
	"strings"
)

// DefaultUser is `user: "1000:1000"`, whom steps run as when gantline.yaml says
// nothing.
const DefaultUser = "1000:1000"

// userName is what getpass and ssh find for a numeric user that the image
// itself introduces.
const userName = "gantline"

// ParseUser reads gantline.yaml's `user`: UID or UID:GID, in digits. Names
// would mean what the environment's passwd file says, which no one has read
// when the code's owner must be known.
func ParseUser(text string) (User, error) {
	if text == "" {
		text = DefaultUser
	}
	uidText, gidText, both := strings.Cut(text, ":")
	if !both {
		gidText = uidText
	}
	uid, err := parseID(uidText)
	if err == nil {
		var gid int
		if gid, err = parseID(gidText); err == nil {
			return numericUser(uid, gid), nil
		}
	}
	return User{}, fmt.Errorf("parsing user %q: %w; write numbers, as in %q", text, err, DefaultUser)
}

func numericUser(uid, gid int) User {
	if uid == 0 {
		return User{UID: uid, GID: gid, Name: "root", Home: "/root"}
	}
	return User{UID: uid, GID: gid, Name: userName, Home: "/home/" + userName}
}

// maxID is the largest id that a ustar header holds in its octal field.
const maxID = 0o7777777

func parseID(text string) (int, error) {
	id, err := strconv.ParseUint(text, 10, 31)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%q is not a number", text)
	case id > maxID:
		return 0, fmt.Errorf("%d is larger than %d", id, maxID)
	}
	return int(id), nil
}

// String is uid:gid, as an image's config has it.
func (u User) String() string { return fmt.Sprintf("%d:%d", u.UID, u.GID) }
