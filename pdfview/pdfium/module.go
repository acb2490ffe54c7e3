package pdfium

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"

	pdfium "github.com/klippa-app/go-pdfium"
	"github.com/tetratelabs/wazero/api"
)

// module is one running instance of PDFium. It is not safe for concurrent use.
// After an error of call the instance may be in any state; its owner closes it.
type module struct {
	instance  pdfium.Pdfium
	mod       api.Module
	functions map[string]api.Function
	scratch   uint32     // scratchSize bytes for results
	stack     [12]uint64 // arguments and result of a call
}

const scratchSize = 1024

// trap is a fault inside the sandbox. It leaves the instance unusable.
type trap struct {
	name string
	err  error
}

func (t *trap) Error() string { return fmt.Sprintf("pdfium: %s: %v", t.name, t.err) }
func (t *trap) Unwrap() error { return t.err }

func newModule(ctx context.Context, p pdfium.Pool) (*module, error) {
	in, err := p.GetInstanceWithContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("pdfium: instance: %w", err)
	}
	m := &module{instance: in, functions: map[string]api.Function{}}
	// The implementation's type is internal to go-pdfium, its field is not.
	v := reflect.Indirect(reflect.ValueOf(in.GetImplementation()))
	if v.Kind() == reflect.Struct {
		if f := v.FieldByName("Module"); f.IsValid() && f.CanInterface() {
			m.mod, _ = f.Interface().(api.Module)
		}
	}
	if m.mod == nil {
		return nil, errors.Join(errors.New("pdfium: this go-pdfium does not give its module"), in.Close())
	}
	if m.scratch, err = m.malloc(scratchSize); err != nil {
		return nil, errors.Join(err, m.close())
	}
	return m, nil
}

// close gives the memory of the instance back.
func (m *module) close() error {
	if m.instance == nil {
		return nil
	}
	in := m.instance
	m.instance = nil
	return in.Close()
}

// call calls an exported function. A running function cannot be stopped: the
// checks that wazero offers for it make everything three times slower.
func (m *module) call(name string, args ...uint64) (res uint64, err error) {
	f := m.functions[name]
	if f == nil {
		if f = m.mod.ExportedFunction(name); f == nil {
			return 0, fmt.Errorf("pdfium: no function %s", name)
		}
		m.functions[name] = f
	}
	defer func() {
		if r := recover(); r != nil {
			err = &trap{name, fmt.Errorf("%v", r)}
		}
	}()
	m.stack[0] = 0
	copy(m.stack[:], args)
	if err := f.CallWithStack(context.Background(), m.stack[:]); err != nil {
		return 0, &trap{name, err}
	}
	return m.stack[0], nil // of no meaning where the function has no result
}

func (m *module) malloc(n int) (uint32, error) {
	p, err := m.call("malloc", uint64(n))
	if err != nil {
		return 0, err
	}
	if uint32(p) == 0 {
		return 0, fmt.Errorf("pdfium: no memory for %d bytes", n)
	}
	return uint32(p), nil
}

// put writes data followed by zero bytes into new memory.
func (m *module) put(data []byte, zeros int) (uint32, error) {
	p, err := m.malloc(len(data) + zeros)
	if err != nil {
		return 0, err
	}
	if !m.mod.Memory().Write(p, data) || !m.mod.Memory().Write(p+uint32(len(data)), make([]byte, zeros)) {
		return 0, &trap{"write", errors.New("out of memory bounds")}
	}
	return p, nil
}

// view is memory of the instance; it is valid until the next call.
func (m *module) view(p uint32, n int) ([]byte, error) {
	b, ok := m.mod.Memory().Read(p, uint32(n))
	if !ok {
		return nil, &trap{"read", errors.New("out of memory bounds")}
	}
	return b, nil
}

// doubles reads n values of 64 bits from the scratch area.
func (m *module) doubles(out []float64) error {
	b, err := m.view(m.scratch, 8*len(out))
	if err != nil {
		return err
	}
	for i := range out {
		out[i] = finite(math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:])))
	}
	return nil
}

// floats reads n values of 32 bits from the scratch area.
func (m *module) floats(out []float64) error {
	b, err := m.view(m.scratch, 4*len(out))
	if err != nil {
		return err
	}
	for i := range out {
		out[i] = finite(float64(math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))))
	}
	return nil
}

// finite keeps what no geometry can stand (NaN, infinities) out of the core.
func finite(f float64) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f
}

// i32 passes a signed number.
func i32(i int) uint64 { return uint64(uint32(int32(i))) }
