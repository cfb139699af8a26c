package api

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"
)

var jsonContentType = []string{"application/json; charset=utf-8"}

// answer tells what became of the events. The usual answer is written by hand: at this endpoint reflection would cost as much as the work.
func (h *TrackHandler) answer(c *gin.Context, single bool, t *intake) {
	count := t.valid()
	if count == 0 {
		if single {
			fail(c, invalid(t.rejected[0].Error))
			return
		}
		p := invalid("All events are invalid")
		p.Details = t.rejected
		fail(c, p)
		return
	}
	out := append(t.room.answer[:0], `{"data":{"success":true,"count":`...)
	out = strconv.AppendInt(out, int64(count), 10)
	out = append(out, `,"duplicates":`...)
	out = strconv.AppendInt(out, int64(t.duplicates), 10)
	out = append(out, `,"rejected":[`...)
	for i, r := range t.rejected {
		if i > 0 {
			out = append(out, ',')
		}
		text, err := json.Marshal(r)
		if err != nil {
			fail(c, errInternal)
			return
		}
		out = append(out, text...)
	}
	out = append(out, "]}}"...)
	t.room.answer = out
	c.Writer.Header()["Content-Type"] = jsonContentType
	c.Writer.WriteHeader(http.StatusOK)
	if _, err := c.Writer.Write(out); err != nil {
		c.Abort() // the client has gone; its retry will be a duplicate
	}
}
