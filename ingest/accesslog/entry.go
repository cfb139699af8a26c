package accesslog

import (
	"errors"
	"net/netip"
	"strings"
	"time"
)

// Entry is one well-formed line. Fields that the log shows as "-" are empty.
type Entry struct {
	Host      string // address or name of the client, as logged
	Time      time.Time
	Method    string // as sent; "" when the request line holds none
	Target    string // the request target as sent, unescaped; "" when there is none
	Status    int    // 0: none
	Referrer  string
	UserAgent string
}

// Reasons for refusing a line.
var (
	errEmpty      = errors.New("empty line")
	errTooLong    = errors.New("line is longer than 65536 bytes")
	errHost       = errors.New("no host at the start")
	errTime       = errors.New("no valid time in [brackets]")
	errRequest    = errors.New("no quoted request line")
	errRequestEnd = errors.New("unterminated request line")
	errStatus     = errors.New("no valid status after the request line")
	errSize       = errors.New("no valid size after the status")
	errReferrer   = errors.New("unterminated or unquoted referrer")
	errAgent      = errors.New("unterminated or unquoted user agent")
)

const timeLayout = "02/Jan/2006:15:04:05 -0700"

// ParseLine reads one line without its line end. What follows the user agent, or the size of a common log line, must be separated by a
// space; fields beyond the combined format are ignored.
func ParseLine(line string) (Entry, error) {
	var e Entry
	if strings.TrimSpace(line) == "" {
		return e, errEmpty
	}
	rest, err := e.parseClient(line)
	if err != nil {
		return e, err
	}
	if !strings.HasPrefix(rest, `"`) {
		return e, errRequest
	}
	request, rest, ok := quoted(rest)
	if !ok {
		return e, errRequestEnd
	}
	e.parseRequest(request)
	status, rest, _ := strings.Cut(rest, " ")
	if e.Status, ok = parseStatus(status); !ok {
		return e, errStatus
	}
	size, rest, more := strings.Cut(rest, " ")
	if size != "-" && !isDigits(size) {
		return e, errSize
	}
	if !more || rest == "" {
		return e, nil
	}
	if e.Referrer, rest, ok = quoted(rest); !ok {
		return e, errReferrer
	}
	if e.UserAgent, _, ok = quoted(rest); !ok {
		return e, errAgent
	}
	e.Referrer, e.UserAgent = undash(e.Referrer), undash(e.UserAgent)
	return e, nil
}

// parseClient reads host, ident, user and time. The user may hold spaces and brackets, so the time is the first bracket that is one. A
// virtual host in front (Apache's vhost_combined) is skipped.
func (e *Entry) parseClient(line string) (rest string, err error) {
	host, rest, ok := strings.Cut(line, " ")
	if !ok || host == "" || host == "-" {
		return "", errHost
	}
	for at := 0; ; {
		open := strings.Index(rest[at:], "[")
		if open < 0 {
			return "", errTime
		}
		at += open
		if end := at + 1 + len("02/Jan/2006:15:04:05 -0700"); end < len(rest) && rest[end] == ']' {
			if t, err := time.Parse(timeLayout, rest[at+1:end]); err == nil {
				e.Host, e.Time = host, t
				if names := strings.Fields(rest[:at]); len(names) > 2 && isVirtualHost(host) {
					e.Host = names[0]
				}
				return strings.TrimPrefix(rest[end+1:], " "), nil
			}
		}
		at++
	}
}

// isVirtualHost tells whether the first word is a server's name and port rather than a client.
func isVirtualHost(word string) bool {
	name, port, ok := strings.Cut(word, ":")
	if !ok || name == "" || !isDigits(port) {
		return false
	}
	_, err := netip.ParseAddr(word)
	return err != nil
}

// parseRequest takes the request line apart; see the package comment for lines that are no valid HTTP.
func (e *Entry) parseRequest(request string) {
	words := strings.Fields(request)
	if len(words) == 0 || !isMethod(words[0]) {
		return
	}
	e.Method = words[0]
	if len(words) > 1 && !(len(words) == 2 && strings.HasPrefix(words[1], "HTTP/")) {
		e.Target = words[1]
	}
}

// Path is the path and query of the target: an absolute target loses scheme and host; "/" when there is none.
func (e *Entry) Path() string {
	t := e.Target
	if i := strings.Index(t, "://"); i > 0 && !strings.ContainsAny(t[:i], "/?#") {
		t = t[i+3:]
		if j := strings.IndexAny(t, "/?#"); j >= 0 {
			t = t[j:]
		} else {
			t = ""
		}
	}
	if !strings.HasPrefix(t, "/") {
		t = "/" + t
	}
	return t
}

func isMethod(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i] | 0x20; (c < 'a' || c > 'z') && s[i] != '-' && s[i] != '_' {
			return false
		}
	}
	return s != "-"
}

func parseStatus(s string) (int, bool) {
	if s == "-" {
		return 0, true
	}
	if len(s) != 3 || !isDigits(s) {
		return 0, false
	}
	return int(s[0]-'0')*100 + int(s[1]-'0')*10 + int(s[2]-'0'), true
}

func isDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func undash(s string) string {
	if s == "-" {
		return ""
	}
	return s
}
