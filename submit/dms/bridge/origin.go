package bridge

import (
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// origin is who calls: scheme, host and port, as the browser says.
type origin struct {
	scheme, host, port string // port is never empty; host without brackets
}

// parseOrigin reads an Origin header. Missing, "null", files and extensions are
// no origins.
func parseOrigin(s string) (origin, bool) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil ||
		u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" || strings.ContainsAny(s, "?#") {
		return origin{}, false
	}
	o, ok := endOf(u)
	return o, ok
}

// endOf is the scheme, host and port of a URL in their one form.
func endOf(u *url.URL) (origin, bool) {
	o := origin{scheme: u.Scheme, host: hostOf(u.Hostname()), port: u.Port()}
	if o.port == "" {
		o.port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return o, o.host != "" && o.port != ""
}

// hostOf is a host name in lower case, in punycode and without a final dot; ""
// for what is none. Addresses in odd spellings (0x7f.1, 2130706433) are none.
func hostOf(s string) string {
	if a, err := netip.ParseAddr(s); err == nil {
		if a.Zone() != "" {
			return ""
		}
		return a.Unmap().String()
	}
	name, err := idna.Lookup.ToASCII(strings.TrimSuffix(strings.ToLower(s), "."))
	if err != nil || name == "" || len(name) > 253 || strings.ContainsAny(name, " %_:/\\@") {
		return ""
	}
	last := name[strings.LastIndex(name, ".")+1:]
	if strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") {
		return "" // a number at the end: browsers and resolvers read it as an address
	}
	return name
}

// String is the origin as it stands in the allow-list.
func (o origin) String() string {
	host := o.host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if o.scheme == "http" && o.port == "80" || o.scheme == "https" && o.port == "443" {
		return o.scheme + "://" + host
	}
	return o.scheme + "://" + host + ":" + o.port
}

// readable is the origin with the letters of its name where they differ.
func (o origin) readable() string {
	name, err := idna.Display.ToUnicode(o.host)
	if err != nil || name == o.host {
		return ""
	}
	r := o
	r.host = clean(name, 253)
	return r.String()
}

func (o origin) hostPort() string { return net.JoinHostPort(o.host, o.port) }

// loopback says that the origin is, by its very name, on this computer.
func (o origin) loopback() bool {
	if o.host == "localhost" || strings.HasSuffix(o.host, ".localhost") {
		return true
	}
	a, err := netip.ParseAddr(o.host)
	return err == nil && a.IsLoopback()
}

// secure says that what travels to it cannot be read on the way.
func (o origin) secure() bool { return o.scheme == "https" || o.loopback() }

// own says whether target is a host of o's own site: the same host, or one of
// the same registrable domain. On loopback and bare addresses every port is
// another service, so there the port must be the same.
func (o origin) own(target origin) bool {
	if _, err := netip.ParseAddr(o.host); err == nil || o.loopback() {
		return o.host == target.host && o.port == target.port
	}
	if o.host == target.host {
		return true
	}
	a, b := registrable(o.host), registrable(target.host)
	return a != "" && a == b
}

// registrable is the domain that one agency holds: the public suffix and one
// label. Below <province>.gov.vn every department has its own, so those count
// as suffixes too.
func registrable(host string) string {
	if _, err := netip.ParseAddr(host); err == nil {
		return ""
	}
	labels := strings.Split(host, ".")
	if n := len(labels); n >= 3 && strings.HasSuffix(host, ".gov.vn") && slices.Contains(provinces(), labels[n-3]) {
		if n < 4 {
			return host
		}
		return strings.Join(labels[n-4:], ".")
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return ""
	}
	return domain
}

// provinces are the names of provinces below gov.vn, those before the mergers
// of 2025 included: their sites live on.
func provinces() []string {
	return strings.Fields(`angiang bacgiang backan baclieu bacninh baria-vungtau bentre binhdinh binhduong binhphuoc
		binhthuan camau cantho caobang daklak daknong danang dienbien dongnai dongthap gialai hagiang haiduong haiphong
		hanam hanoi hatinh haugiang hoabinh hochiminhcity hue hungyen khanhhoa kiengiang kontum laichau lamdong langson
		laocai longan namdinh nghean ninhbinh ninhthuan phutho phuyen quangbinh quangnam quangngai quangninh quangtri
		soctrang sonla tayninh thaibinh thainguyen thanhhoa thuathienhue tiengiang tphcm travinh tuyenquang vinhlong
		vinhphuc yenbai`)
}

// target reads an address that a page named: http or https, absolute, nothing
// of this computer. The bytes of path and query stay as they came.
func target(s string, from origin) (*url.URL, origin, error) {
	if s == "" {
		return nil, origin{}, refuse(ReasonURL, "")
	}
	if local(s) {
		return nil, origin{}, refuse(ReasonLocalPath, "")
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Opaque != "" {
		return nil, origin{}, refuse(ReasonURL, "")
	}
	if u.User != nil {
		return nil, origin{}, refuse(ReasonUserInfo, u.Hostname())
	}
	to, ok := endOf(u)
	if !ok {
		return nil, origin{}, refuse(ReasonURL, u.Hostname())
	}
	if from.scheme == "https" && u.Scheme != "https" {
		return nil, origin{}, refuse(ReasonPlain, to.host)
	}
	exact(u, s)
	return u, to, nil
}

// local says whether s names something of this computer or of a share.
func local(s string) bool {
	low := strings.ToLower(s)
	for _, scheme := range []string{"file:", "blob:", "data:", "about:", "filesystem:", "view-source:"} {
		if strings.HasPrefix(low, scheme) {
			return true
		}
	}
	drive := len(s) > 1 && s[1] == ':' && (low[0] >= 'a' && low[0] <= 'z')
	return drive || s[0] == '/' || s[0] == '\\' || s[0] == '~' || s[0] == '.'
}

// exact keeps path and query byte for byte: some sites carry sessions in
// brackets there, which another spelling would lose.
func exact(u *url.URL, s string) {
	u.Fragment, u.RawFragment = "", ""
	rest := s[strings.Index(s, "://")+3:]
	rest, _, _ = strings.Cut(rest, "#")
	if cut := strings.IndexAny(rest, "/?"); cut < 0 || rest[cut] != '/' {
		return
	}
	rest, _, _ = strings.Cut(rest[strings.Index(rest, "/"):], "?")
	if !strings.HasPrefix(rest, "//") && !strings.ContainsFunc(rest, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		u.Opaque = rest
	}
}

// shown is a URL without what may be secret: its query, and a session in its
// path.
func shown(u *url.URL) string {
	p := u.Path
	for {
		open := strings.Index(p, "(S(")
		if open < 0 {
			break
		}
		end := strings.Index(p[open:], "))")
		if end < 0 {
			p = p[:open]
			break
		}
		p = p[:open] + "(…)" + p[open+end+2:]
	}
	return clean(u.Scheme+"://"+u.Host+p, 300)
}
