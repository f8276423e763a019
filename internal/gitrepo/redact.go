package gitrepo

import "regexp"

// Redact removes the credentials of every URL in a text: user and password
// before the host, and the values of a query. A password may hold what has no
// place in a URL, such as blanks and quotes.
func Redact(text string) string {
	userinfo := regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)(?:[^/\s'"]*|[^/\s'":@]*:[^/\n]*)@`)
	query := regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://[^\s'"?]*\?)[^\s'"]+`)
	text = userinfo.ReplaceAllString(text, "${1}***@")
	return query.ReplaceAllString(text, "${1}***")
}
