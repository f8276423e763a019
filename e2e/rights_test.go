package e2e

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// checkRights holds what the bootstrap grants to what was used: after all cases
// no account has a right that none of them needed. That they needed no other is
// what the cases show, which have these rights alone.
func (c *cluster) checkRights(t *testing.T) {
	t.Helper()
	if flag.Lookup("test.run").Value.String() != "" {
		return // of some cases only
	}
	used := map[string]bool{}
	err := c.eachEvent(0, func(e event) {
		account := e.User.Username[strings.LastIndex(e.User.Username, ":")+1:]
		// Who is told that there is nothing was allowed to ask.
		denied := e.Status.Code == http.StatusUnauthorized || e.Status.Code == http.StatusForbidden
		if !denied && strings.HasPrefix(e.ObjectRef.Namespace, "case-") {
			used[fmt.Sprintf("%s: %s %s", account, e.Verb, e.resource())] = true
			if e.Verb == "patch" && e.Status.Code == http.StatusCreated { // an apply, which wants both rights
				used[fmt.Sprintf("%s: create %s", account, e.resource())] = true
			}
		}
	})
	if err != nil {
		t.Error(err)
		return
	}
	granted, err := c.granted("case-nightly")
	if err != nil {
		t.Error(err)
		return
	}
	for _, right := range granted {
		if !used[right] {
			t.Errorf("the bootstrap grants what no case used: %s", right)
		}
	}
}

// granted are the rights of a case's accounts: ACCOUNT: VERB RESOURCE. Roles
// are named after their account, or after it and the project.
func (c *cluster) granted(namespace string) ([]string, error) {
	out, err := c.kubectl("get", "roles", "--namespace", namespace, "-o", "json")
	if err != nil {
		return nil, err
	}
	var roles struct {
		Items []struct {
			Metadata struct{ Name string }
			Rules    []struct{ Resources, Verbs []string }
		}
	}
	if err := json.Unmarshal([]byte(out), &roles); err != nil {
		return nil, fmt.Errorf("reading the roles of %s: %w", namespace, err)
	}
	var rights []string
	for _, role := range roles.Items {
		account := strings.TrimSuffix(role.Metadata.Name, "-agent")
		for _, rule := range role.Rules {
			for _, resource := range rule.Resources {
				for _, verb := range rule.Verbs {
					rights = append(rights, fmt.Sprintf("%s: %s %s", account, verb, resource))
				}
			}
		}
	}
	slices.Sort(rights)
	return rights, nil
}
