package server

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
)

// A page token is what it is a page of, 1 byte, the last id of the page before, or where a log goes on, and a CRC-32 of both, 4 bytes, in
// base64: it stays good across restarts and changes, and a token that was cut or made up is refused.
const (
	pageOfAccounts  = 'a'
	pageOfOverrides = 'o'
	pageOfPolicies  = 'p'
	pageOfDecisions = 'd'
)

const pageSumBytes = 4

func pageToken(kind byte, last string) string {
	b := append([]byte{kind}, last...)
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	return base64.RawURLEncoding.EncodeToString(b)
}

// pageToken returns the id that a token names; empty for the first page.
func (c *checker) pageToken(kind byte, token string) string {
	if token == "" {
		return ""
	}
	b, err := base64.RawURLEncoding.DecodeString(token)
	end := len(b) - pageSumBytes
	if err != nil || end < 1 || b[0] != kind || binary.BigEndian.Uint32(b[end:]) != crc32.ChecksumIEEE(b[:end]) {
		c.failToken()
		return ""
	}
	return string(b[1:end])
}

func (c *checker) failToken() {
	p := root("page_token")
	c.fail(&p, "must be the next_page_token of the page before; it is none")
}
