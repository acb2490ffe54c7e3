// Package dms is a small document system whose pages call the local signing
// bridge as those of real agencies do: a page in the browser opens
// wss://127.0.0.1:8987/<Name>, names a URL to fetch the document from and one to
// upload the signed file to, and waits for one answer.
//
// It is strict about what a real one needs (credential in the download URL and
// as a form field, part name, file name, PDF) and keeps what reached it, so that
// tests can look (GET _state). Its upload handler can be as wrong as real ones
// are (parameter case, see Cases).
package dms

import (
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

//go:embed site
var site embed.FS

// maxUpload bounds a signed file, bytes.
const maxUpload = 100 << 20

// Document waits in the system to be signed.
type Document struct {
	ID, Title, Number string
	PDF               []byte
}

// Upload is a signed file that arrived, and how.
type Upload struct {
	ID          string            `json:"id"`
	Case        string            `json:"case"`
	FileName    string            `json:"file_name"`
	ContentType string            `json:"content_type"`
	Fields      map[string]string `json:"fields"` // form fields in front of the file
	Bearer      bool              `json:"bearer"` // an Authorization header came
	Cookie      string            `json:"cookie"`
	SHA256      string            `json:"sha256"`
	Size        int               `json:"size"`
	Extends     bool              `json:"extends"` // begins with the bytes that were fetched
}

// State is what GET _state answers.
type State struct {
	Downloads []string `json:"downloads"` // request URIs, as they came
	Uploads   []Upload `json:"uploads"`
	Refused   []string `json:"refused"`
}

// Site is the system. It is safe for concurrent use.
type Site struct {
	dir       string // signed files
	token     string
	documents []Document
	page      *template.Template
	mux       *http.ServeMux

	mu    sync.Mutex
	state State
}

// New makes a site with the documents; signed files go to dir.
func New(dir string, documents []Document) (*Site, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	page, err := template.ParseFS(site, "site/index.html")
	if err != nil {
		return nil, err
	}
	key := make([]byte, 16)
	_, _ = rand.Read(key) // never fails
	s := &Site{
		dir: dir, token: hex.EncodeToString(key), documents: documents, page: page,
		state: State{Downloads: []string{}, Uploads: []Upload{}, Refused: []string{}},
	}
	s.mux = s.routes()
	return s, nil
}

// Cases are what the upload handler does wrong on request: the parameter case
// of the page, passed on in the upload URL.
func Cases() []string {
	return []string{
		"ok",       // boolean true, FileServer a URL
		"jsontext", // FileServer is a JSON text
		"object",   // FileServer is an object
		"accents",  // FileServer has accents and quotes
		"refused",  // Status false with a message
		"empty",    // 200 without a body
		"html",     // JSON that is none, as text/html
		"nothing",  // Status true, but no FileServer and no FileName: not stored
		"error",    // HTTP 500
		"both",     // Status and status
		"redirect", // the upload is redirected to another host
	}
}

func (s *Site) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.index)
	mux.HandleFunc("GET /plugin.js", s.script)
	mux.HandleFunc("GET /files/{file}", s.download)
	mux.HandleFunc("GET /away/{file}", s.away)
	mux.HandleFunc("GET /large/{file}", s.large)
	mux.HandleFunc("POST /upload/{id}", s.upload)
	mux.HandleFunc("GET /signed/{file}", s.signed)
	mux.HandleFunc("GET /_state", s.serveState)
	return mux
}

// ServeHTTP serves the site; whoever mounts it strips the prefix.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

func (s *Site) index(w http.ResponseWriter, r *http.Request) {
	mode := r.URL.Query().Get("case")
	if mode == "" {
		mode = "ok"
	}
	bridge := r.URL.Query().Get("bridge")
	if bridge == "" {
		bridge = "127.0.0.1:8987"
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	data := map[string]any{"Documents": s.documents, "Token": s.token, "Bridge": bridge, "Case": mode}
	if err := s.page.Execute(w, data); err != nil {
		s.refuse(w, r, http.StatusInternalServerError, err.Error())
	}
}

func (s *Site) script(w http.ResponseWriter, r *http.Request) {
	http.ServeFileFS(w, r, site, "site/plugin.js")
}

// document finds one by the name of its file.
func (s *Site) document(file string) (Document, bool) {
	for _, d := range s.documents {
		if d.ID+".pdf" == file {
			return d, true
		}
	}
	return Document{}, false
}

// download gives a document to whoever has the token in the URL, as real
// systems do: the program that fetches it has no cookie.
func (s *Site) download(w http.ResponseWriter, r *http.Request) {
	d, ok := s.document(r.PathValue("file"))
	switch {
	case !ok:
		http.NotFound(w, r)
		return
	case r.URL.Query().Get("token") != s.token:
		s.refuse(w, r, http.StatusUnauthorized, "download without the token")
		return
	}
	s.mu.Lock()
	s.state.Downloads = append(s.state.Downloads, r.RequestURI)
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/pdf")
	_, _ = w.Write(d.PDF) // a client that goes away asks again
}

// away redirects a download to another host.
func (s *Site) away(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "http://127.0.0.2:9/"+r.PathValue("file"), http.StatusFound)
}

// large announces a document that nobody should want, bytes of it only as long
// as somebody reads.
func (s *Site) large(w http.ResponseWriter, _ *http.Request) {
	const size = maxUpload + 1<<20
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Length", strconv.Itoa(size))
	_, err := io.WriteString(w, "%PDF-1.7\n")
	for block := make([]byte, 64<<10); err == nil; {
		_, err = w.Write(block) // ends with the length, or with the reader
	}
}

func (s *Site) refuse(w http.ResponseWriter, r *http.Request, status int, why string) {
	s.mu.Lock()
	s.state.Refused = append(s.state.Refused, r.Method+" "+r.URL.Path+": "+why)
	s.mu.Unlock()
	http.Error(w, why, status)
}

// several is the one handler of a call with many documents: the name of each
// file says which it is.
const several = "several"

func (s *Site) upload(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	d, ok := s.document(id + ".pdf")
	if !ok && id != several {
		http.NotFound(w, r)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxUpload)
	u, data, err := readUpload(r)
	if id == several && err == nil {
		if d, ok = s.document(u.FileName); !ok {
			err = fmt.Errorf("no document is stored as %q", u.FileName)
		}
	}
	if err == nil && u.Fields["token"] != s.token && r.Header.Get("Authorization") != "Bearer "+s.token {
		s.refuse(w, r, http.StatusUnauthorized, "upload without the token")
		return
	}
	if err != nil {
		s.refuse(w, r, http.StatusBadRequest, err.Error())
		return
	}
	u.ID, u.Case = d.ID, r.URL.Query().Get("case")
	u.Extends = len(data) > len(d.PDF) && string(data[:len(d.PDF)]) == string(d.PDF)
	if u.Case == "redirect" {
		http.Redirect(w, r, "http://127.0.0.2:9/upload", http.StatusTemporaryRedirect)
		return
	}
	if err := os.WriteFile(filepath.Join(s.dir, d.ID+".pdf"), data, 0o600); err != nil {
		s.refuse(w, r, http.StatusInternalServerError, err.Error())
		return
	}
	s.mu.Lock()
	s.state.Uploads = append(s.state.Uploads, u)
	s.mu.Unlock()
	s.answer(w, r, u, d)
}

// readUpload wants one file part named uploadfile, after all form fields.
func readUpload(r *http.Request) (u Upload, data []byte, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return u, nil, err
	}
	u.Fields = map[string]string{}
	u.Bearer, u.Cookie = r.Header.Get("Authorization") != "", r.Header.Get("Cookie")
	for {
		p, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return u, nil, err
		}
		content, err := io.ReadAll(p)
		switch {
		case err != nil:
			return u, nil, err
		case data != nil:
			return u, nil, fmt.Errorf("part %s stands after the file", p.FormName())
		case p.FormName() == "uploadfile":
			data = content
			u.FileName, u.ContentType = p.FileName(), p.Header.Get("Content-Type")
		default:
			u.Fields[p.FormName()] = string(content)
		}
	}
	digest := sha256.Sum256(data)
	u.SHA256, u.Size = hex.EncodeToString(digest[:]), len(data)
	switch {
	case !strings.HasPrefix(string(data), "%PDF-"):
		err = errors.New("part uploadfile is missing or no PDF")
	case u.ContentType != "application/pdf":
		err = fmt.Errorf("uploadfile is %q", u.ContentType)
	case strings.ContainsAny(u.FileName, "?&=/\\") || !strings.HasSuffix(strings.ToLower(u.FileName), ".pdf"):
		err = fmt.Errorf("bad file name %q", u.FileName)
	}
	return u, data, err
}

// answer is what the handler says, by case.
func (s *Site) answer(w http.ResponseWriter, r *http.Request, u Upload, d Document) {
	scheme := "http://"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https://"
	}
	address := scheme + r.Host + strings.TrimSuffix(mount(r), "/") + "/signed/" + url.PathEscape(d.ID) + ".pdf"
	out := map[string]any{
		"Status": true, "Message": "", "FileName": u.FileName, "FileServer": address,
		"DocumentNumber": d.Number, "DocumentDate": "",
	}
	switch u.Case {
	case "jsontext":
		out["FileServer"] = `{"fileEntryId":15,"url":"` + address + `"}`
	case "object":
		out["FileServer"] = map[string]any{"fileEntryId": 15, "url": address}
	case "accents":
		out["FileServer"] = `Văn bản "đã ký" (S(x)) ` + d.ID
	case "refused":
		out = map[string]any{"Status": false, "Message": "Văn bản đang được người khác xử lý", "FileName": "", "FileServer": ""}
	case "nothing":
		out["FileName"], out["FileServer"] = "", ""
	case "both":
		out["status"] = false
	case "empty":
		return
	case "html":
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `{"Status":true,"FileName":"`+u.FileName+`"`)
		return
	case "error":
		http.Error(w, "<h1>Lỗi máy chủ</h1>", http.StatusInternalServerError)
		return
	}
	writeJSON(w, out)
}

// mount is the path that the site was mounted at, from the original request.
func mount(r *http.Request) string {
	u, err := url.ParseRequestURI(r.RequestURI)
	if err != nil {
		return "/"
	}
	return strings.TrimSuffix(u.Path, r.URL.Path)
}

func (s *Site) signed(w http.ResponseWriter, r *http.Request) {
	if _, ok := s.document(r.PathValue("file")); !ok {
		http.NotFound(w, r)
		return
	}
	data, err := os.ReadFile(filepath.Join(s.dir, r.PathValue("file")))
	if errors.Is(err, fs.ErrNotExist) {
		http.NotFound(w, r)
		return
	}
	if err != nil {
		s.refuse(w, r, http.StatusInternalServerError, err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/pdf")
	_, _ = w.Write(data)
}

func (s *Site) serveState(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	writeJSON(w, s.state)
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		panic(http.ErrAbortHandler) // the client is gone
	}
}
