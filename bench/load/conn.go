package load

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"
)

// Conn is one keep-alive connection. It belongs to one goroutine.
type Conn struct {
	net.Conn
	buf    []byte
	header []byte // of the last answer
}

// answerTime is how long a request may wait for its answer.
const answerTime = 30 * time.Second

// Dial opens a connection to host:port.
func Dial(addr string) (*Conn, error) {
	c, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return &Conn{Conn: c, buf: make([]byte, 8192)}, nil
}

// Exchange sends a request and reads its answer. The body is good until the next call.
func (c *Conn) Exchange(request []byte) (status int, body []byte, err error) {
	if _, err := c.Write(request); err != nil {
		return 0, nil, fmt.Errorf("send request: %w", err)
	}
	have := 0
	for {
		if have == len(c.buf) {
			return 0, nil, errors.New("read answer: it is longer than 8 KiB")
		}
		n, err := c.Read(c.buf[have:])
		have += n
		if err != nil {
			return 0, nil, fmt.Errorf("read answer: %w", err)
		}
		if status, body, ok, err := parseAnswer(c.buf[:have]); ok || err != nil {
			c.header = c.buf[:have-len(body)]
			return status, body, err
		}
	}
}

// Header is a line of the last answer's header, by its name as net/http writes it; "" if there is none.
func (c *Conn) Header(name string) string {
	_, rest, ok := bytes.Cut(c.header, []byte("\r\n"+name+": "))
	if !ok {
		return ""
	}
	value, _, _ := bytes.Cut(rest, []byte("\r\n"))
	return string(value)
}

var (
	headerEnd     = []byte("\r\n\r\n")
	contentLength = []byte("\r\nContent-Length: ") // as net/http writes it
)

// parseAnswer takes an HTTP/1.1 answer apart; ok is false while a part is missing.
func parseAnswer(answer []byte) (status int, body []byte, ok bool, err error) {
	end := bytes.Index(answer, headerEnd)
	if end < 0 {
		return 0, nil, false, nil
	}
	header := answer[:end+2]
	if !bytes.HasPrefix(header, []byte("HTTP/1.1 ")) || len(header) < 14 {
		return 0, nil, false, fmt.Errorf("read answer: no HTTP/1.1: %.40q", header)
	}
	if status, err = strconv.Atoi(string(header[9:12])); err != nil {
		return 0, nil, false, fmt.Errorf("read answer: status: %w", err)
	}
	at := bytes.Index(header, contentLength)
	if at < 0 {
		return 0, nil, false, errors.New("read answer: it has no Content-Length")
	}
	digits := header[at+len(contentLength):]
	size, err := strconv.Atoi(string(digits[:bytes.IndexByte(digits, '\r')]))
	if err != nil || size < 0 {
		return 0, nil, false, fmt.Errorf("read answer: Content-Length: %w", err)
	}
	body = answer[end+len(headerEnd):]
	if len(body) > size {
		return 0, nil, false, errors.New("read answer: more than one")
	}
	return status, body, len(body) == size, nil
}
