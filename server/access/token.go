package access

import (
	"crypto/rand"
	"crypto/sha256"
	"strings"
)

// A token is "lm_", its id, "_" and its secret. The id is no secret: it finds the token's line in the file.
const (
	tokenPrefix = "lm_"
	idBytes     = 10
	// maxTokenBytes is what is looked at: nobody shall have megabytes hashed.
	maxTokenBytes = 128
)

// hash is what is kept of a secret.
type hash [sha256.Size]byte

func hashOf(secret string) hash { return sha256.Sum256([]byte(secret)) }

// newToken returns a token that nobody guesses, with the parts that are kept of it.
func newToken() (token, id string, secret hash) {
	id = strings.ToLower(rand.Text()[:idBytes])
	text := rand.Text()
	return tokenPrefix + id + "_" + text, id, hashOf(text)
}

// split returns a token's id and secret.
func split(token string) (id, secret string, ok bool) {
	rest, ok := strings.CutPrefix(token, tokenPrefix)
	if !ok || len(token) > maxTokenBytes {
		return "", "", false
	}
	return strings.Cut(rest, "_")
}
