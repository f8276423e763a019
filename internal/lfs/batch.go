package lfs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"gantline.dev/gantline/internal/gitrepo"
)

// batchObjects is how many objects one request names, as git-lfs does.
const batchObjects = 100

// answerBytes is the longest answer that is read.
const answerBytes = 16 << 20

const mediaType = "application/vnd.git-lfs+json"

// action is how one object is downloaded.
type action struct {
	Object
	href   string
	header http.Header
	// expires is when the address is refused; the zero time is unknown.
	expires time.Time
}

func (a action) expired(now time.Time) bool { return !a.expires.IsZero() && !now.Before(a.expires) }

// String leaves the address's signature and the headers out.
func (a action) String() string { return short(a.OID) + " from " + gitrepo.Redact(a.href) }

// batchQuestion is the body of a request.
type batchQuestion struct {
	Operation string        `json:"operation"`
	Transfers []string      `json:"transfers"`
	Ref       *batchRef     `json:"ref,omitempty"`
	Objects   []batchObject `json:"objects"`
	HashAlgo  string        `json:"hash_algo"`
}

type batchRef struct {
	Name string `json:"name"`
}

type batchObject struct {
	OID  string `json:"oid"`
	Size int64  `json:"size"`
}

// batch asks how to download some objects, batchObjects at most.
func (c *client) batch(ctx context.Context, ref string, objects []Object) ([]action, []Failed, error) {
	question := batchQuestion{Operation: "download", Transfers: []string{"basic"}, HashAlgo: "sha256"}
	if ref != "" {
		question.Ref = &batchRef{ref}
	}
	for _, o := range objects {
		question.Objects = append(question.Objects, batchObject(o))
	}
	body, err := json.Marshal(question)
	if err != nil {
		return nil, nil, fmt.Errorf("asking for LFS objects: %w", err)
	}
	var raw []byte
	err = c.patience.retry(ctx, func() (bool, error) {
		raw, err = c.askBatch(ctx, body)
		return false, err
	})
	if err != nil {
		return nil, nil, c.explained(err)
	}
	actions, failed, err := parseBatch(raw, objects, time.Now())
	if err != nil {
		return nil, nil, fmt.Errorf("reading the answer of the LFS server %q: %w", c.server(), err)
	}
	return actions, failed, nil
}

// askBatch sends one request and reads its answer.
func (c *client) askBatch(ctx context.Context, body []byte) ([]byte, error) {
	login, err := c.currentLogin(ctx)
	if err != nil {
		return nil, err
	}
	header := http.Header{"Accept": {mediaType}, "Content-Type": {mediaType}}
	response, err := c.do(ctx, request{method: http.MethodPost, url: login.URL + "/objects/batch", body: body, header: header})
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(response.Body, answerBytes+1))
	if err != nil {
		return nil, broken(ctx, fmt.Errorf("reading the answer of the LFS server %q: %w", c.server(), err))
	}
	if len(raw) > answerBytes {
		return nil, fmt.Errorf("reading the answer of the LFS server %q: it is longer than %d MB", c.server(), answerBytes>>20)
	}
	return raw, nil
}

// server is the server's URL for messages.
func (c *client) server() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.login.URL != "" {
		return gitrepo.Redact(c.login.URL)
	}
	return gitrepo.Redact(c.endpoint.URL)
}

// explained says what a server's refusal of a batch request may mean.
func (c *client) explained(err error) error {
	status := new(StatusError)
	if !errors.As(err, &status) {
		return err
	}
	switch status.Status {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented, http.StatusGone:
		return fmt.Errorf("%w; there is no LFS server at that URL, or the login may not see it (it was found by %s; git config lfs.url URL names another)", err, c.endpoint.Setting)
	}
	return err
}

// batchAnswer is what a server says; fields that are not known here are passed
// over.
type batchAnswer struct {
	Transfer string         `json:"transfer"`
	HashAlgo string         `json:"hash_algo"`
	Objects  []answerObject `json:"objects"`
}

type answerObject struct {
	OID     string                   `json:"oid"`
	Actions map[string]*answerAction `json:"actions"`
	Error   *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

type answerAction struct {
	Href      string            `json:"href"`
	Header    map[string]string `json:"header"`
	ExpiresIn int64             `json:"expires_in"`
	ExpiresAt time.Time         `json:"expires_at"`
}

// parseBatch reads an answer: for each object that was asked for an action or a
// failure, in the order in which they were asked for.
func parseBatch(raw []byte, asked []Object, now time.Time) ([]action, []Failed, error) {
	var answer batchAnswer
	if err := json.Unmarshal(raw, &answer); err != nil {
		return nil, nil, notAnswer(raw)
	}
	if answer.Transfer != "" && answer.Transfer != "basic" {
		return nil, nil, fmt.Errorf("it wants the transfer %q, only \"basic\" was offered", oneLine(answer.Transfer))
	}
	if answer.HashAlgo != "" && answer.HashAlgo != "sha256" {
		return nil, nil, fmt.Errorf("it names objects by %q, only \"sha256\" was offered", oneLine(answer.HashAlgo))
	}
	answers := make(map[string]answerObject, len(answer.Objects))
	for _, o := range answer.Objects {
		answers[strings.ToLower(o.OID)] = o
	}
	var actions []action
	var failed []Failed
	for _, o := range asked {
		a, failure := readAction(o, answers[o.OID], now)
		if failure != nil {
			failed = append(failed, *failure)
		} else {
			actions = append(actions, a)
		}
	}
	return actions, failed, nil
}

// notAnswer says what came instead of an answer. The parser's words are about
// Go's types; JSON is not repeated, it may hold tokens.
func notAnswer(raw []byte) error {
	const shown = 40
	start := oneLine(string(raw[:min(len(raw), shown)]))
	if start == "" || strings.ContainsAny(start[:1], "{[") {
		return errors.New("it is not the JSON of an LFS server; check the server's URL")
	}
	return fmt.Errorf("it is not the JSON of an LFS server (it begins with %q); check the server's URL", start)
}

// readAction reads the answer for one object; the zero answer is none.
func readAction(o Object, answer answerObject, now time.Time) (action, *Failed) {
	if e := answer.Error; e != nil {
		return action{}, &Failed{Object: o, Code: e.Code, Reason: refusal(e.Code, oneLine(e.Message))}
	}
	download := answer.Actions["download"]
	if download == nil || download.Href == "" {
		return action{}, &Failed{Object: o, Reason: "the server's answer names no address to download it from"}
	}
	a := action{Object: o, href: download.Href, header: http.Header{}, expires: download.ExpiresAt}
	if _, err := url.Parse(a.href); err != nil {
		return action{}, &Failed{Object: o, Reason: "the server's answer names an address that is not a URL"}
	}
	if download.ExpiresIn > 0 {
		a.expires = now.Add(time.Duration(min(download.ExpiresIn, 1<<31)) * time.Second)
	} else if a.expired(now) {
		a.expires = time.Time{} // by another clock than ours
	}
	for name, value := range download.Header {
		if !validHeader(name, value) {
			return action{}, &Failed{Object: o, Reason: "the server's answer has a header that is not one"}
		}
		a.header.Set(name, value)
	}
	return a, nil
}

// validHeader says whether a header can be sent.
func validHeader(name, value string) bool {
	token := func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r)
	}
	return name != "" && !strings.ContainsFunc(name, token) &&
		!strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

// refusal is the reason for a server's error about one object.
func refusal(code int, message string) string {
	reason := fmt.Sprintf("the server answers %d", code)
	switch code {
	case http.StatusNotFound:
		reason = "the server doesn't have it (404); was it pushed with git lfs push?"
	case http.StatusGone:
		reason = "its owner removed it from the server (410)"
	case http.StatusUnprocessableEntity:
		reason = "the server finds its pointer invalid (422)"
	}
	if message != "" {
		reason += fmt.Sprintf(", saying %q", message)
	}
	return reason
}
