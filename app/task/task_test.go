package task_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"trinhky/app/task"
)

func TestRunnerBringsResultsBack(t *testing.T) {
	test.NewTempApp(t)
	r := &task.Runner{}
	done := make(chan int, 1)
	r.Go(func() func() {
		v := 7
		return func() { done <- v }
	})
	if v := <-done; v != 7 {
		t.Errorf("got %d", v)
	}
	if !r.Close(time.Minute) {
		t.Error("the work did not end")
	}
	r.Go(func() func() { t.Error("work after Close"); return nil })
	r.Post(func() { t.Error("a post after Close") })
}

func TestRunnerSurvivesAPanic(t *testing.T) {
	test.NewTempApp(t)
	told := make(chan error, 1)
	r := &task.Runner{Panicked: func(err error) { told <- err }}
	r.Go(func() func() { panic("in the work") })
	if err := <-told; err == nil || errors.Unwrap(err) != nil {
		t.Errorf("told %v", err)
	}
	if !r.Close(time.Minute) {
		t.Error("the work did not end")
	}
}

func TestCloseDoesNotWaitForEver(t *testing.T) {
	test.NewTempApp(t)
	r := &task.Runner{}
	release := make(chan struct{})
	r.Go(func() func() { <-release; return nil })
	if r.Close(0) {
		t.Error("it says that everything ended")
	}
	close(release)
}

func TestPlain(t *testing.T) {
	var order []string
	task.Plain{}.Go(func() func() {
		order = append(order, "work")
		return func() { order = append(order, "back") }
	})
	task.Plain{}.Post(func() { order = append(order, "post") })
	if want := []string{"work", "back", "post"}; !slices.Equal(order, want) {
		t.Errorf("order %v", order)
	}
}
