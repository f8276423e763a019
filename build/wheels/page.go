package wheels

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// parsePage reads an index's page of one package. Addresses in it are relative
// to its own.
func parsePage(contentType string, body []byte, at *url.URL) ([]indexFile, error) {
	if isJSON(contentType) {
		return parseJSONPage(body, at)
	}
	return parseHTMLPage(body, at)
}

// jsonPage is what PEP 691 says that is of use.
type jsonPage struct {
	Meta struct {
		Version string `json:"api-version"`
	} `json:"meta"`
	Files *[]struct {
		Filename       string            `json:"filename"`
		URL            string            `json:"url"`
		Hashes         map[string]string `json:"hashes"`
		RequiresPython string            `json:"requires-python"`
		Size           int64             `json:"size"`
		Yanked         any               `json:"yanked"` // a boolean or the reason
	} `json:"files"`
}

func parseJSONPage(body []byte, at *url.URL) ([]indexFile, error) {
	var answer jsonPage
	if err := json.Unmarshal(body, &answer); err != nil || answer.Files == nil {
		return nil, errNoPage
	}
	if err := checkVersion(answer.Meta.Version); err != nil {
		return nil, err
	}
	var files []indexFile
	for _, f := range *answer.Files {
		u, err := at.Parse(f.URL)
		if err != nil {
			continue // a link that leads nowhere is no candidate
		}
		reason, withReason := f.Yanked.(string)
		files = append(files, indexFile{
			LockedFile:     LockedFile{Name: f.Filename, URL: withoutLogin(u), SHA256: strings.ToLower(f.Hashes["sha256"]), Size: max(0, f.Size)},
			requiresPython: f.RequiresPython,
			yanked:         f.Yanked == true || withReason && reason != "",
		})
	}
	return files, nil
}

// checkVersion refuses a page of a later major version than is read here.
func checkVersion(version string) error {
	if version != "" && !strings.HasPrefix(version+".", "1.") {
		return fmt.Errorf("it is a page of version %q of the simple API; 1 is expected", version)
	}
	return nil
}

func withoutLogin(u *url.URL) string {
	plain := *u
	plain.User, plain.Fragment = nil, ""
	return plain.String()
}

func parseHTMLPage(body []byte, at *url.URL) ([]indexFile, error) {
	root, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		return nil, errNoPage
	}
	var files []indexFile
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		attributes := map[string]string{}
		for _, a := range n.Attr {
			attributes[a.Key] = a.Val
		}
		switch n.DataAtom {
		case atom.Meta:
			if attributes["name"] == "pypi:repository-version" {
				if err := checkVersion(attributes["content"]); err != nil {
					return nil, err
				}
			}
		case atom.Base:
			if base, err := at.Parse(attributes["href"]); err == nil {
				at = base
			}
		case atom.A:
			if f, ok := anchor(attributes, at); ok {
				files = append(files, f)
			}
		}
	}
	return files, nil
}

// anchor is the archive that a link leads to.
func anchor(attributes map[string]string, at *url.URL) (indexFile, bool) {
	u, err := at.Parse(attributes["href"])
	if err != nil || attributes["href"] == "" {
		return indexFile{}, false
	}
	f := indexFile{requiresPython: attributes["data-requires-python"]}
	_, f.yanked = attributes["data-yanked"]
	for part := range strings.SplitSeq(u.Fragment, "&") {
		if hash, ok := strings.CutPrefix(part, "sha256="); ok {
			f.SHA256 = strings.ToLower(hash)
		}
	}
	f.Name = fileOf(u.String())
	f.URL = withoutLogin(u)
	return f, true
}
