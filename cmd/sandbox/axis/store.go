package axis

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Delivery is one receiver's copy of a message. It is listed to the receiver
// until its status is "done".
type Delivery struct {
	ID       string `json:"id"` // the receiver's docId
	Of       string `json:"of"` // Message.DocID
	To       string `json:"to"` // Agency.Code
	Status   string `json:"status"`
	Created  string `json:"created"`
	Updated  string `json:"updated"`
	Answered int    `json:"answered"` // how many business statuses the agency has sent
}

// entry is a line of the journal: the new value of one thing. A message and the
// copies for its receivers stand in one line, so that there is never one
// without the other.
type entry struct {
	Message    *Message    `json:"message,omitempty"`
	Deliveries []*Delivery `json:"deliveries,omitempty"`
	Agency     *Agency     `json:"agency,omitempty"`
	Removed    string      `json:"removed,omitempty"` // Agency.Code
	At         string      `json:"at,omitempty"`      // when Removed was
}

// journal keeps the state in a folder: an append-only file of entries and one
// file for each message. A nil journal keeps everything in memory only.
type journal struct {
	dir  string
	file *os.File
}

func openJournal(dir string, replay func(entry)) (*journal, error) {
	if dir == "" {
		return nil, nil
	}
	if err := os.MkdirAll(filepath.Join(dir, "messages"), 0o700); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "journal.jsonl")
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	// A last line without its end was being written when the program died: the
	// client never got an answer for it.
	data = data[:bytes.LastIndexByte(data, '\n')+1]
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e entry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		replay(e)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	if err := file.Truncate(int64(len(data))); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if _, err := file.Seek(0, 2); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &journal{dir: dir, file: file}, nil
}

func (j *journal) add(e entry) error {
	if j == nil {
		return nil
	}
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = j.file.Write(append(line, '\n'))
	return err
}

func (j *journal) messagePath(id string) string { return filepath.Join(j.dir, "messages", id+".edxml") }

func (j *journal) close() error {
	if j == nil {
		return nil
	}
	return j.file.Close()
}
