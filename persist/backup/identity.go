package backup

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ztas-io/ztas/persist"
)

// Identity tells a data directory from all others. It is made once and kept in the store: a copy has it, and it is as safe as everything else there.
// A directory that was restored gets another one: what it was made of may still be running.
type Identity struct {
	ID       string            `json:"id"`
	Restored *Origin           `json:"restored,omitempty"` // nil: it was not
	Folders  map[string]string `json:"folders,omitempty"`  // by folder: the newest copy that was made there, of the maxFolders newest
	Making   string            `json:"making,omitempty"`   // the copy that is being made: it may be there although that was not noted any more
}

// Origin is what a data directory was restored from.
type Origin struct {
	Server string `json:"server,omitempty"` // "": the copy is older than identities
	Copy   string `json:"copy"`
	Newest string `json:"newest"` // copy of the folder at that moment
}

const (
	identityKey = "server" // of the metadata
	maxFolders  = 20
)

// ErrRefused says that a folder is not one to add a copy to. Nothing was written; Source.Anyway makes the copy all the same.
var ErrRefused = errors.New("no copy was made")

// Identify reads the identity of the data directory that the store is in, and makes it where there is none yet.
func Identify(meta persist.MetaStore) (id Identity, err error) {
	val, _, err := meta.Get(identityKey)
	if errors.Is(err, persist.ErrNotFound) {
		id = newIdentity(nil)
		return id, id.put(meta)
	}
	if err == nil {
		err = json.Unmarshal(val, &id)
	}
	if err != nil {
		return id, fmt.Errorf("read the identity of the server: %w", err)
	}
	return id, nil
}

func newIdentity(from *Origin) Identity {
	return Identity{ID: "srv_" + strings.ToLower(rand.Text()[:16]), Restored: from}
}

func (id *Identity) put(meta persist.MetaStore) error {
	val, err := json.Marshal(id)
	if err == nil {
		err = meta.Txn(persist.Put(identityKey, val))
	}
	if err != nil {
		return fmt.Errorf("keep the identity of the server: %w", err)
	}
	return nil
}

// begin remembers the copy that is made now.
func (id *Identity) begin(meta persist.MetaStore, name string) error {
	id.Making = name
	return id.put(meta)
}

// note remembers the newest copy of a folder.
func (id *Identity) note(meta persist.MetaStore, dir, name string) error {
	folders := maps.Clone(id.Folders)
	if folders == nil {
		folders = make(map[string]string)
	}
	folders[filepath.Clean(dir)] = name
	for len(folders) > maxFolders { // names sort as their times
		oldest := slices.MinFunc(slices.Collect(maps.Keys(folders)), func(a, b string) int { return strings.Compare(folders[a], folders[b]) })
		delete(folders, oldest)
	}
	id.Folders, id.Making = folders, ""
	return id.put(meta)
}

// missing refuses a folder in which copies were made and now none is: what it was mounted from may not be there, and the disk below it would be
// filled.
func (id *Identity) missing(dir string) error {
	last, known := id.Folders[filepath.Clean(dir)]
	if !known {
		return nil
	}
	names, err := Copies(dir)
	if err == nil && len(names) == 0 {
		err = fmt.Errorf("%w: %s has none of the copies that were made there, the last of them %s: is its disk mounted?", ErrRefused, dir, last)
	}
	return err
}

// knows tells whether this data directory made a copy that has its identity, or may have: it is no newer than the one that it noted there, or is the
// newest of a folder that it knows by another name.
func (id *Identity) knows(dir, name string) bool {
	return name <= id.Folders[filepath.Clean(dir)] || name == id.Making || slices.Contains(slices.Collect(maps.Values(id.Folders)), name)
}

// admitted refuses a folder whose copies are those of another server. It belongs to who made the newest copy; who was restored from it goes on in its
// place, unless there is a newer copy than there was then. Of data directories with one identity it belongs to the one that knows the newest copy.
// Copies without an identity are anybody's.
func (id *Identity) admitted(dir string) error {
	names, err := Copies(dir)
	if err != nil {
		return err
	}
	for _, name := range slices.Backward(names) {
		_, m, err := Find(dir, name)
		if err != nil || m.Server == "" { // of one that cannot be read prune tells
			continue
		}
		newest := names[len(names)-1]
		switch from := id.Restored; {
		case m.Server == id.ID && !id.knows(dir, name):
			return fmt.Errorf("%w: the newest copy in %s, %s, was made by another data directory that has the identity of this one, %s: one of both is a copy "+
				"that was not made by restore, or was put back to what it was earlier", ErrRefused, dir, name, id.ID)
		case m.Server == id.ID:
			return nil
		case from == nil || from.Server != m.Server:
			return fmt.Errorf("%w: the newest copy in %s, %s, is of another server, %s; this one is %s", ErrRefused, dir, name, m.Server, id.ID)
		case from.Newest != newest:
			return fmt.Errorf("%w: this server, %s, was restored from %s, which has made newer copies in %s since then, the newest %s", ErrRefused, id.ID,
				m.Server, dir, newest)
		}
		return nil
	}
	return nil
}
