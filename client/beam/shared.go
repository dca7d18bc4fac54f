package leadbeam

import "sync"

// shared is what all the DoFns of a process use together, by a key: it is made for the first that asks, and let go with the
// last that has asked. The zero value is empty; any number of goroutines may use it.
type shared[T any] struct {
	mu    sync.Mutex // guards users and byKey
	byKey map[string]*sharedOne[T]
}

type sharedOne[T any] struct {
	users int
	once  sync.Once
	value T
	err   error
}

// get returns the value of the key, which make makes when there is none, and what is to be called when it is needed no
// more. Others that ask meanwhile wait. An error is not kept.
func (s *shared[T]) get(key string, make func() (T, error), free func(T)) (value T, release func(), err error) {
	s.mu.Lock()
	if s.byKey == nil {
		s.byKey = map[string]*sharedOne[T]{}
	}
	one := s.byKey[key]
	if one == nil {
		one = &sharedOne[T]{}
		s.byKey[key] = one
	}
	one.users++
	s.mu.Unlock()
	one.once.Do(func() { one.value, one.err = make() })
	release = func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if one.users--; one.users == 0 && one.err == nil {
			free(one.value)
		}
		if s.byKey[key] == one && (one.users == 0 || one.err != nil) {
			delete(s.byKey, key)
		}
	}
	if one.err != nil {
		release()
		return value, nil, one.err
	}
	return one.value, release, nil
}
