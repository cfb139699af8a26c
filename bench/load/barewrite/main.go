// Command barewrite is what live delivery is compared with: it greets WebSocket clients, then writes the same bytes to all of them, one write a
// client, and does nothing else. Each line on its standard input, "<rounds> <bytes> <milliseconds>", lets it write a frame of so many bytes so
// often, a round at each beat; it answers "done".
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "barewrite:", err)
		os.Exit(1)
	}
}

// clients are the connections that were greeted.
type clients struct {
	mu    sync.Mutex
	conns []net.Conn
}

func run(in io.Reader, out io.Writer) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer listener.Close()
	fmt.Fprintln(out, listener.Addr())
	all := new(clients)
	go all.accept(listener)
	for lines := bufio.NewScanner(in); lines.Scan(); {
		var rounds, size, every int
		if _, err := fmt.Sscan(lines.Text(), &rounds, &size, &every); err != nil || rounds < 1 || size < 126 || size > 65_535 || every < 1 {
			return fmt.Errorf("command %q: %w", lines.Text(), errors.Join(errors.New("rounds, 126 to 65535 bytes and milliseconds expected"), err))
		}
		if err := all.write(rounds, size, time.Duration(every)*time.Millisecond); err != nil {
			return err
		}
		fmt.Fprintln(out, "done")
	}
	return nil
}

func (c *clients) accept(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		if err := greet(conn); err != nil {
			conn.Close()
			continue
		}
		c.mu.Lock()
		c.conns = append(c.conns, conn)
		c.mu.Unlock()
	}
}

// greet answers an upgrade as far as a client of package load looks at the answer.
func greet(conn net.Conn) error {
	var request []byte
	buf := make([]byte, 1024)
	for !bytes.Contains(request, []byte("\r\n\r\n")) {
		n, err := conn.Read(buf)
		if err != nil {
			return err
		}
		request = append(request, buf[:n]...)
	}
	const ready = `{"type":"ready"}`
	_, err := fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\n\r\n\x81%c%s", len(ready), ready)
	return err
}

func (c *clients) write(rounds, size int, every time.Duration) error {
	c.mu.Lock()
	conns := c.conns
	c.mu.Unlock()
	frame := binary.BigEndian.AppendUint16([]byte{0x81, 126}, uint16(size))
	frame = append(frame, bytes.Repeat([]byte{'x'}, size)...)
	beat := time.NewTicker(every)
	defer beat.Stop()
	for range rounds {
		<-beat.C
		for _, conn := range conns {
			if _, err := conn.Write(frame); err != nil {
				return fmt.Errorf("write: %w", err)
			}
		}
	}
	return nil
}
