package normalize

import "bytes"

// hosted reports whether the domain is a platform's, and identifies the page on it, if there is one. It is none where a
// platform's bare host or one of its service labels speaks for the company that runs the platform.
func (d *Domain) hosted(p *hostParts, path []byte) bool {
	if p.platform < len(d.Host) {
		label := labelBefore(d.Host, p.platform)
		if len(label) > 0 && !serviceLabel(label) {
			d.identify(d.Host[nameStart(d.Host, p.platform):])
			d.setStem(label)
			return true
		}
		if p.paths == len(d.Host) {
			return p.traits&ownCompany == 0
		}
	}
	if p.paths < len(d.Host) {
		return d.hostedInPath(p, path)
	}
	return false
}

// hostedInPath is hosted for platforms that have the page in the path.
func (d *Domain) hostedInPath(p *hostParts, path []byte) bool {
	part, rest := cutPart(path)
	known := hosts.find(hashPath(p.pathHash, part)).traits & (pageDir | noPages)
	if known == 0 && (len(part) == 0 || serviceLabel(part) || bytes.HasPrefix(part, []byte("index."))) {
		return p.path.traits&(pagesInPath|ownCompany) == pagesInPath
	}
	switch {
	case known&pageDir != 0:
		part, _ = cutPart(rest)
	case known&noPages != 0 || p.path.traits&noPages != 0:
		part = nil
	case p.path.traits&pagesInPath == 0:
		return false // another page of the company that runs it
	}
	d.setPage(d.Host[p.paths:], part)
	return true
}

// setPage identifies a page in a path, unless part names none.
func (d *Domain) setPage(host, part []byte) {
	part = bytes.TrimLeft(part, "@~")
	start := len(d.buf)
	buf := append(append(d.buf, host...), '/')
	stem := len(buf)
	buf = appendLower(buf, part[:min(len(part), maxPage)], maxPage)
	if len(buf) == stem {
		return
	}
	d.buf = buf
	d.identify(buf[start:])
	d.setStem(buf[stem:])
}

// cutPart returns the first part of a path and what follows it. The path ends where a query or fragment begins.
func cutPart(path []byte) (part, rest []byte) {
	for len(path) > 0 && (path[0] == '/' || path[0] == '\\') {
		path = path[1:]
	}
	for i, c := range path {
		switch c {
		case '/', '\\':
			return path[:i], path[i:]
		case '?', '#', '%', '&':
			return path[:i], nil
		}
	}
	return path, nil
}

// serviceLabel reports whether a label before a platform's domain, or a part of a path on it, is the platform's own, not
// a page.
func serviceLabel(label []byte) bool {
	switch string(label) {
	case "www", "ww", "www2", "web", "m", "mobile", "app", "apps", "my", "login", "signin", "account", "accounts", "auth",
		"sso", "id", "api", "dev", "developer", "developers", "docs", "doc", "help", "support", "status", "blog", "news",
		"press", "about", "info", "mail", "email", "smtp", "mx", "go", "get", "try", "learn", "academy", "community",
		"forum", "forums", "shop", "store", "jobs", "careers", "investors", "ir", "partners", "partner", "marketplace",
		"static", "cdn", "assets", "images", "img", "media", "admin", "dashboard", "portal", "secure", "en", "de", "fr",
		"es", "it", "pt", "nl", "ja", "zh", "ru", "pl", "us", "uk", "eu", "br", "jp", "about-us", "contact", "contact-us",
		"home", "index", "legal", "privacy", "terms", "imprint", "impressum", "pricing", "features", "search", "services",
		"products":
		return true
	}
	return false
}
