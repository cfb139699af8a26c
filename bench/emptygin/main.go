// Command emptygin is what the server's cost is compared with: a Gin handler that reads the body of a track request and answers 200, with
// nothing in between. Router, server limits and answer are like those of the product.
package main

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/gin-gonic/gin"
)

const answer = `{"data":{"success":true,"count":1,"duplicates":0,"rejected":[]}}`

func main() {
	logger := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	if err := serve(logger); err != nil {
		logger.Error("failed", "error", err)
		os.Exit(1)
	}
}

func serve(logger *slog.Logger) error {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.POST("/api/track", func(c *gin.Context) {
		if _, err := io.ReadAll(c.Request.Body); err != nil {
			c.AbortWithStatus(http.StatusBadRequest)
			return
		}
		c.Data(http.StatusOK, "application/json; charset=utf-8", []byte(answer))
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err //nolint:wrapcheck // printed as it is
	}
	logger.Info("serving", "address", listener.Addr().String())
	server := &http.Server{
		Handler: engine, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 20 * time.Second, WriteTimeout: 45 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
	}
	return server.Serve(listener) //nolint:wrapcheck // printed as it is
}
