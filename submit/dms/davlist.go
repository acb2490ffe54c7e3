package dms

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// resource is one entry of a multistatus answer.
type resource struct {
	Name       string // last element, NFC
	Collection bool
	Room       int64 // quota-available-bytes; -1 where it is not told
	ETag       string
	Locks      map[string]string // owner → token
	Modified   time.Time
}

// maxListing bounds a multistatus answer, bytes.
const maxListing = 8 << 20

// list asks for p and, with depth 1, what is in it; the first is p itself. An
// answer that is no multistatus of p is an error: it proves nothing.
func (c *davClient) list(ctx context.Context, p string, depth int) ([]resource, error) {
	const text = `<?xml version="1.0" encoding="utf-8"?><D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/><D:getetag/>` +
		`<D:getlastmodified/><D:quota-available-bytes/><D:lockdiscovery/></D:prop></D:propfind>`
	resp, err := c.do(ctx, davRequest{
		method: "PROPFIND", path: p, size: int64(len(text)), body: opened(text), want: []int{http.StatusMultiStatus},
		header: map[string]string{"Content-Type": "application/xml; charset=utf-8", "Depth": strconv.Itoa(depth)},
	})
	if err != nil {
		return nil, err
	}
	defer drain(resp)
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxListing+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxListing {
		return nil, fmt.Errorf("webdav: the list of %s is longer than %d bytes", p, maxListing)
	}
	return c.parse(raw, p)
}

type multistatus struct {
	XMLName  xml.Name `xml:"DAV: multistatus"`
	Response []struct {
		Href     string `xml:"DAV: href"`
		Propstat []struct {
			Status string `xml:"DAV: status"`
			Prop   struct {
				Type struct {
					Collection *struct{} `xml:"DAV: collection"`
				} `xml:"DAV: resourcetype"`
				ETag     string `xml:"DAV: getetag"`
				Modified string `xml:"DAV: getlastmodified"`
				Room     string `xml:"DAV: quota-available-bytes"`
				Locks    []struct {
					Owner string `xml:"DAV: owner"`
					Token string `xml:"DAV: locktoken>href"`
				} `xml:"DAV: lockdiscovery>activelock"`
			} `xml:"DAV: prop"`
		} `xml:"DAV: propstat"`
	} `xml:"DAV: response"`
}

func (c *davClient) parse(raw []byte, p string) ([]resource, error) {
	var m multistatus
	d := xml.NewDecoder(bytes.NewReader(raw))
	if err := d.Decode(&m); err != nil {
		return nil, fmt.Errorf("webdav: the list of %s: %w", p, err)
	}
	own := strings.TrimSuffix(c.address(p).Path, "/")
	var out, self []resource
	for _, r := range m.Response {
		u, err := c.base.Parse(strings.TrimSpace(r.Href))
		if err != nil {
			return nil, fmt.Errorf("webdav: the list of %s: %w", p, err)
		}
		where := norm.NFC.String(strings.TrimSuffix(u.Path, "/"))
		e := resource{Name: path.Base(where), Room: -1, Locks: map[string]string{}}
		for _, s := range r.Propstat {
			if f := strings.Fields(s.Status); len(f) < 2 || f[1] != "200" {
				continue
			}
			e.Collection = e.Collection || s.Prop.Type.Collection != nil
			e.ETag += s.Prop.ETag
			for _, l := range s.Prop.Locks {
				e.Locks[strings.TrimSpace(l.Owner)] = strings.TrimSpace(l.Token)
			}
			if t, err := http.ParseTime(s.Prop.Modified); err == nil {
				e.Modified = t
			}
			if n, err := strconv.ParseInt(s.Prop.Room, 10, 64); err == nil && n >= 0 {
				e.Room = n
			}
		}
		switch {
		case strings.EqualFold(where, own): // some servers answer with their own letter case
			self = append(self, e)
		case strings.EqualFold(path.Dir(where), own):
			out = append(out, e)
		default:
			return nil, fmt.Errorf("webdav: the list of %s names %s", p, where)
		}
	}
	if len(self) != 1 {
		return nil, fmt.Errorf("webdav: the list of %s does not name it", p)
	}
	return append(self, out...), nil
}

// exists asks for one resource. Only a plain 404 below a parent that answers as
// a collection means that it is not there.
func (c *davClient) exists(ctx context.Context, p string) (bool, time.Time, error) {
	all, err := c.list(ctx, p, 0)
	if err == nil {
		return true, all[0].Modified, nil
	}
	var e *ShareError
	if !errors.As(err, &e) || e.Status != http.StatusNotFound {
		return false, time.Time{}, err
	}
	parent, err := c.list(ctx, path.Dir(strings.TrimSuffix(p, "/"))+"/", 0)
	if absent(err) { // nothing was ever sent, if the share itself is there
		parent, err = c.list(ctx, "", 0)
	}
	if err == nil && !parent[0].Collection {
		err = errors.New("webdav: the parent is no collection")
	}
	return false, time.Time{}, err
}

// loopback says that u is this computer, where nobody listens in between.
func loopback(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
