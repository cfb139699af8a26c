package api

import (
	"bufio"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

const (
	downloadChunk = 64 << 10         // bytes
	chunkTimeout  = 30 * time.Second // for a client to take one
)

// contentTypes are those of the formats.
var contentTypes = map[string]string{
	formatJSON: "application/json; charset=utf-8", formatCSV: "text/csv; charset=utf-8",
	formatNDJSON: "application/x-ndjson", formatParquet: "application/vnd.apache.parquet",
}

// download streams an attachment: the header goes out with the first chunk, so that an error before it is an ordinary answer, and each chunk
// gets its own time, however long the whole takes. It belongs to the request's goroutine.
type download struct {
	*bufio.Writer
	c          *gin.Context
	name, kind string
}

// newDownload begins an attachment of a format.
func newDownload(c *gin.Context, name, format string) *download {
	d := &download{c: c, name: name, kind: contentTypes[format]}
	d.Writer = bufio.NewWriterSize(chunks{d}, downloadChunk)
	return d
}

// end sends what is left. When err is not nil nothing more is sent: it is the answer, or, if a part of the document is on its way already, the
// connection is cut without the last chunk, so that the client sees it.
func (d *download) end(err error) error {
	if err == nil {
		err = d.Flush()
	}
	switch {
	case err == nil:
		d.head()
		d.c.Writer.WriteHeaderNow()
		return nil
	case !d.c.Writer.Written():
		return err
	}
	panic(http.ErrAbortHandler)
}

func (d *download) head() {
	if d.c.Writer.Written() {
		return
	}
	d.c.Header("Content-Type", d.kind)
	d.c.Header("Content-Disposition", fmt.Sprintf("attachment; filename=%q", d.name))
	d.c.Status(http.StatusOK)
}

// chunks writes to the connection.
type chunks struct{ d *download }

// Write sends one chunk.
func (w chunks) Write(p []byte) (int, error) {
	w.d.head()
	// A writer that knows no deadlines, as in tests, has none to move.
	_ = http.NewResponseController(w.d.c.Writer).SetWriteDeadline(time.Now().Add(chunkTimeout))
	n, err := w.d.c.Writer.Write(p)
	if err != nil {
		return n, fmt.Errorf("send a chunk: %w", err)
	}
	return n, nil
}
