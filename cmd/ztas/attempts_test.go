package main

import (
	"fmt"
	"testing"
	"time"
)

// patience is how long a test waits for what surely comes: it only guards against hanging. What must come in time is measured.
const patience = 30 * time.Second

// tryUpTo calls measure so many times at most, until it returns no error: on a machine with other work a single measurement may fail by chance.
// Each must measure anew. The last error fails the test.
func tryUpTo(t *testing.T, attempts int, measure func(attempt int) error) {
	t.Helper()
	for attempt := 1; ; attempt++ {
		err := measure(attempt)
		switch {
		case err == nil:
			return
		case attempt == attempts:
			t.Fatalf("attempt %d, the last: %v", attempt, err)
		}
		t.Logf("attempt %d of %d: %v", attempt, attempts, err)
	}
}

// inTime returns an error when something did not take less than a limit.
func inTime(what string, took, limit time.Duration) error {
	if took < limit {
		return nil
	}
	return fmt.Errorf("%s took %v, not less than %v", what, took, limit)
}

// freshSite makes a site for an attempt, which finds nothing there of those before it.
func (r *rig) freshSite(token string, attempt int) string {
	r.t.Helper()
	site := r.create(token, "/api/sites", map[string]any{"domain": fmt.Sprintf("attempt-%d.example.com", attempt), "timezone": calmZone(r.t)})
	return site["id"].(string)
}
