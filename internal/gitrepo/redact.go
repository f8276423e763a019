package gitrepo

import "regexp"

// Redact removes the credentials of every URL in a text: user and password
// before the host, and the values of a query.
func Redact(text string) string {
	userinfo := regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)[^/\s'"]*@`)
	query := regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://[^\s'"?]*\?)[^\s'"]+`)
	text = userinfo.ReplaceAllString(text, "${1}***@")
	return query.ReplaceAllString(text, "${1}***")
}
