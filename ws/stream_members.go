package ws

import "time"

// admit lets those who wait join: from here on they are told of every change.
func (s *stream) admit() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sub := range s.joining {
		s.subs[sub] = struct{}{}
		sub.client.notify(sub, len(s.doc.raw))
	}
	s.joining = nil
}

// refuse tells those who wait that there is no state for them.
func (s *stream) refuse(err error) {
	s.mu.Lock()
	waiting := s.joining
	s.joining = nil
	s.settle()
	s.mu.Unlock()
	p := *errInternal
	if wait := time.Until(s.retry); wait > 0 {
		p.retryAfter = wait
	}
	for _, sub := range waiting {
		sub.client.end(sub, failure(sub.id, &p))
	}
	s.retry = time.Time{}
}

// end takes leave of all subscribers.
func (s *stream) end(last func(id string) []byte) {
	s.mu.Lock()
	gone := s.joining
	for sub := range s.subs {
		gone = append(gone, sub)
	}
	s.joining = nil
	clear(s.subs)
	s.settle()
	s.mu.Unlock()
	for _, sub := range gone {
		sub.client.end(sub, last(sub.id))
	}
}

// leave forgets a subscription.
func (s *stream) leave(sub *subscription) {
	s.mu.Lock()
	delete(s.subs, sub)
	for i, o := range s.joining {
		if o == sub {
			s.joining = append(s.joining[:i], s.joining[i+1:]...)
			break
		}
	}
	empty := s.settle()
	s.mu.Unlock()
	if empty {
		s.poke()
	}
}

// settle notes since when nobody watches.
func (s *stream) settle() bool {
	empty := len(s.subs) == 0 && len(s.joining) == 0
	if empty {
		s.idleSince = time.Now()
	}
	return empty
}
