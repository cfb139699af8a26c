package api

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"
)

// page is the part of a list that a request asks for (README §2).
type page struct{ limit, offset int }

const (
	defaultPage = 50
	maxPage     = 100
)

// page reads limit and offset of the query.
func (x *exchange) page() (page, error) {
	p := page{limit: defaultPage}
	var err error
	if s := x.c.Query("limit"); s != "" {
		if p.limit, err = strconv.Atoi(s); err != nil || p.limit < 1 || p.limit > maxPage {
			return p, invalid("Limit must be between 1 and 100")
		}
	}
	if s := x.c.Query("offset"); s != "" {
		if p.offset, err = strconv.Atoi(s); err != nil || p.offset < 0 {
			return p, invalid("Offset must be 0 or greater")
		}
	}
	return p, nil
}

// pagination is how an answer says where its list lies.
type pagination struct {
	Total   int  `json:"total"`
	Limit   int  `json:"limit"`
	Offset  int  `json:"offset"`
	HasMore bool `json:"hasMore"`
}

// paged answers with n items of a list of total ones. meta may be nil: it is left out.
func paged(c *gin.Context, list any, meta any, p page, n, total int) {
	respond(c, http.StatusOK, struct {
		Data       any        `json:"data"`
		Meta       any        `json:"meta,omitempty"`
		Pagination pagination `json:"pagination"`
	}{list, meta, pagination{total, p.limit, p.offset, n > 0 && p.offset < total-n}})
}
