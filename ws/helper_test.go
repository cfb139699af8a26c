package ws

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/gorilla/websocket"
)

// helper makes this test binary the clients of a benchmark, so that the CPU time and memory of the server are its own. It opens as many
// connections as it is told, subscribes each, and reports a line each time all of them have received the next delta.
func helper() bool {
	url := os.Getenv("WS_BENCH_URL")
	if url == "" {
		return false
	}
	n, err := strconv.Atoi(os.Getenv("WS_BENCH_CLIENTS"))
	if err != nil {
		fatal(err)
	}
	subscribe := os.Getenv("WS_BENCH_SUBSCRIBE")
	conns := make([]*websocket.Conn, n)
	for i := range conns {
		conns[i], _, err = websocket.DefaultDialer.Dial(url, nil)
		if err != nil {
			fatal(err)
		}
		write(conns[i], `{"type":"auth","token":"good"}`)
		expect(conns[i], "hello", "ready")
	}
	announce("connected")
	in := bufio.NewReader(os.Stdin)
	if _, err := in.ReadString('\n'); err != nil {
		fatal(err)
	}
	for _, c := range conns {
		write(c, subscribe)
		expect(c, "subscribed", "snapshot")
	}
	announce("subscribed")
	for { // each line of the server announces as many deltas
		line, err := in.ReadString('\n')
		if err != nil {
			return true // the benchmark is over
		}
		rounds, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil {
			fatal(err)
		}
		var all sync.WaitGroup
		for _, c := range conns {
			all.Go(func() {
				for range rounds {
					expect(c, "delta")
				}
			})
		}
		announce("ready")
		all.Wait()
		announce("received")
	}
}

func write(c *websocket.Conn, text string) {
	if err := c.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		fatal(err)
	}
}

func expect(c *websocket.Conn, kinds ...string) {
	for _, kind := range kinds {
		var f struct{ Type string }
		_, data, err := c.ReadMessage()
		if err == nil {
			err = json.Unmarshal(data, &f)
		}
		if err != nil || f.Type != kind {
			fatal(fmt.Errorf("got %s, %v, want %s", data, err, kind))
		}
	}
}

func announce(line string) { fmt.Println(line) }

func fatal(err error) {
	fmt.Println(err)
	os.Exit(1)
}
