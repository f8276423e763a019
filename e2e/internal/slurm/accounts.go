package slurm

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// firstID is where the search for svc-gantline's free user and group number
// begins: above Debian's ranges for people and system accounts on most
// machines, below those that systemd hands out.
const firstID = 20000

// Where the machine keeps its accounts.
const (
	machinePasswd = "/etc/passwd"
	machineGroup  = "/etc/group"
)

// accounts are the account files of the node, and svc-gantline's number in
// them, user and group alike.
type accounts struct {
	passwd, group, shadow string
	id                    int
}

func readAccounts() (accounts, error) {
	passwd, err := os.ReadFile(machinePasswd)
	if err != nil {
		return accounts{}, fmt.Errorf("reading the machine's accounts: %w", err)
	}
	group, err := os.ReadFile(machineGroup)
	if err != nil {
		return accounts{}, fmt.Errorf("reading the machine's groups: %w", err)
	}
	return addUser(string(passwd), string(group)), nil
}

// addUser adds svc-gantline to a machine's accounts, in place of one that has
// its name. No account of the node has a password: the machine's stay where
// they are, and only keys open the bastion.
func addUser(passwd, group string) accounts {
	users, taken := lines(passwd)
	groups, groupIDs := lines(group)
	for id := range groupIDs {
		taken[id] = true
	}
	id := firstID
	for taken[id] {
		id++
	}
	users = append(users, fmt.Sprintf("%s:x:%d:%d:Gantline on Slurm:%s:/bin/bash", User, id, id, home))
	groups = append(groups, fmt.Sprintf("%s:x:%d:", User, id))

	var shadow []string
	for _, user := range users {
		name, _, _ := strings.Cut(user, ":")
		shadow = append(shadow, name+":*:::::::")
	}
	return accounts{join(users), join(groups), join(shadow), id}
}

// lines are the entries of a passwd or group file but for svc-gantline's, and
// the numbers that they use.
func lines(file string) ([]string, map[int]bool) {
	var kept []string
	ids := map[int]bool{}
	for _, line := range strings.Split(file, "\n") {
		fields := strings.Split(line, ":")
		if len(fields) < 3 || fields[0] == User {
			continue
		}
		if id, err := strconv.Atoi(fields[2]); err == nil {
			ids[id] = true
		}
		kept = append(kept, line)
	}
	return kept, ids
}

func join(lines []string) string { return strings.Join(lines, "\n") + "\n" }
