package normalize

// hostParts is what the host table says of a host. Positions are where an ending of the host starts, and len(host) when
// there is no such ending.
type hostParts struct {
	public   int // longest ending that a registry sells names under
	platform int // longest ending whose owner lets others have pages below it
	paths    int // longest ending with pages in the path
	traits   hostTraits
	ownMail  bool     // free mail of a company that has the domain for itself, too
	path     hostSlot // of paths
	pathHash uint64   // of the host there
	country  uint16
	known    bool // there is a rule for it: the last label is one that exists
	typo     int  // ending that is mistyped
	meant    uint16
}

// read looks up each ending of the host, from the shortest, as far as the table goes.
func (p *hostParts) read(host []byte) {
	end := len(host)
	*p = hostParts{public: end, platform: end, paths: end, typo: end}
	h := uint64(hostHashStart)
	var above hostTraits // of the ending one label shorter
	for at := end - 1; ; {
		for ; at >= 0 && host[at] != '.'; at-- {
			h = (h ^ uint64(host[at])) * hostHashPrime
		}
		start := at + 1
		slot := hosts.find(h)
		if above == 0 && end-start == 2 {
			p.country = uint16(host[start]-'a'+'A')<<8 | uint16(host[start+1]-'a'+'A')
		}
		p.rules(host, start, slot.traits, above)
		p.note(start, h, slot)
		above = slot.traits
		if at < 0 || above&deeper == 0 {
			return
		}
		h = (h ^ '.') * hostHashPrime
		at--
	}
}

// rules applies the rules of the public suffix list to the ending at start: a name's ending is the longest that has a
// rule or stands below a wildcard, but for exceptions, which are names.
func (p *hostParts) rules(host []byte, start int, here, above hostTraits) {
	if here&exceptionRule != 0 {
		p.public = start + labelLen(host[start:]) + 1
		return
	}
	if above&wildcardRule != 0 {
		p.end(start, above&privateWildcard != 0)
	}
	if here&publicRule != 0 {
		p.end(start, here&privateRule != 0)
	}
}

// end notes that a name ends with the ending at start.
func (p *hostParts) end(start int, private bool) {
	p.known = true
	if private {
		p.platform = start
	} else {
		p.public = start
	}
}

// note keeps what else the table has of the ending at start.
func (p *hostParts) note(start int, h uint64, slot hostSlot) {
	p.traits |= slot.traits & (freeMail | disposableMail)
	p.ownMail = p.ownMail || slot.traits&(freeMail|ownCompany) == freeMail|ownCompany
	if slot.traits&pagesBelow != 0 {
		p.platform = start
		p.traits = p.traits&^ownCompany | slot.traits&ownCompany
	}
	if slot.traits&(pagesInPath|pathsKnown) != 0 {
		p.paths, p.path, p.pathHash = start, slot, h
	}
	if slot.traits&inCountry != 0 {
		p.country = slot.value
	}
	if slot.traits&mistyped != 0 {
		p.typo, p.meant = start, slot.value
	}
}
