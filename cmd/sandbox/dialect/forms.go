package dialect

import (
	"encoding/base64"
	"net/http"
	"strings"
	"time"
)

// token: a login gives a token for 30 minutes; codes stand in "errorCode".
func (g *Gateway) token() {
	secret := func(r *http.Request) bool {
		return g.bearer(r) && r.Header.Get("X-SystemId") == g.system && r.Header.Get("X-SecretKey") == g.axis.Secret(g.system)
	}
	reply := func(code, text string, more map[string]any) any {
		out := map[string]any{"errorCode": code, "errorDesc": text}
		for k, v := range more {
			out[k] = v
		}
		return out
	}
	g.serve("POST /api/lgspedoc/login", "login", func(*http.Request) bool { return true }, func(_ *http.Request, body []byte) any {
		in := jsonText(body)
		if in["username"] != g.system || in["password"] != g.axis.Secret(g.system) || in["applicationCode"] == "" {
			return reply("15", "Sai thong tin dang nhap", nil)
		}
		return reply("0", "", map[string]any{"data": map[string]string{"accessToken": g.give(30 * time.Minute)}})
	})
	g.serve("POST /v1/sendEdoc", "sendEdoc", secret, func(r *http.Request, _ []byte) any {
		raw, err := part(r, "edocFile")
		if err != nil {
			return reply("10", err.Error(), nil)
		}
		out, code, text := g.do("sendEdoc", sending(r.FormValue("messageType"), g.sender()), raw)
		return reply(code, text, map[string]any{"docId": out["DocId"]})
	})
	g.serve("GET /v1/syncReceivedEdocList", "getReceivedEdocList", secret, func(r *http.Request, _ []byte) any {
		for _, name := range []string{"fromDate", "toDate"} {
			if _, err := time.Parse("2006/01/02", r.FormValue(name)); err != nil {
				return reply("21", name+" must be yyyy/MM/dd", nil)
			}
		}
		out, code, text := g.do("getReceivedEdocList", list(r.FormValue("messageType")), nil)
		if code != "0" {
			return reply(code, text, nil)
		}
		return reply(code, text, map[string]any{"data": out["data"]})
	})
	g.serve("GET /v1/getEdoc", "getEdoc", secret, func(r *http.Request, _ []byte) any {
		out, code, text := g.do("getEdoc", map[string]string{"docId": r.FormValue("docId")}, nil)
		return reply(code, text, map[string]any{"docId": r.FormValue("docId"), "edxml": encoded(out)})
	})
	g.serve("POST /v1/updateStatus", "updateStatus", secret, func(_ *http.Request, body []byte) any {
		in := jsonText(body)
		_, code, text := g.do("updateStatus", map[string]string{"docId": in["docId"], "status": in["status"]}, nil)
		return reply(code, text, nil)
	})
	g.serve("GET /v1/getAgenciesList", "getAgenciesList", secret, func(*http.Request, []byte) any {
		out, code, text := g.do("getAgenciesListQD20", nil, nil)
		return reply(code, text, map[string]any{"data": out["data"]})
	})
	g.serve("GET /v1/getSentEdocList", "getSentEdocList", secret, func(r *http.Request, _ []byte) any {
		out, code, text := g.do("getSentEdocList", list(r.FormValue("messageType")), nil)
		return reply(code, text, map[string]any{"data": out["data"]})
	})
}

// wso2: client credentials, a store of "vanbans", no codes but HTTP's and a
// "status" of its own.
func (g *Gateway) wso2() {
	const base = "/truclienthong/v1.0.0"
	reply := func(code, text string, data any) any {
		return map[string]any{"status": map[string]string{"code": code, "message": text}, "data": data}
	}
	g.serve("POST /token", "login", func(r *http.Request) bool {
		user, password, ok := r.BasicAuth()
		return ok && user == g.system && password == g.axis.Secret(g.system)
	}, func(r *http.Request, _ []byte) any {
		if r.FormValue("grant_type") != "client_credentials" {
			return map[string]string{"error": "unsupported_grant_type"}
		}
		return map[string]any{"access_token": g.give(time.Hour), "token_type": "Bearer", "expires_in": 3600}
	})
	g.serve("POST "+base+"/vanbans", "sendEdoc", g.bearer, func(_ *http.Request, body []byte) any {
		in := jsonText(body)
		raw, err := base64.StdEncoding.DecodeString(in["noiDung"])
		if err != nil || len(raw) == 0 {
			return reply("10", "noiDung must be base64", nil)
		}
		out, code, text := g.do("sendEdoc", sending(in["loaiVanBan"], g.sender()), raw)
		return reply(code, text, map[string]any{"docId": out["DocId"]})
	})
	for pattern, operation := range map[string]string{"/vanbans": "getReceivedEdocList", "/vanbans/dagui": "getSentEdocList"} {
		g.serve("GET "+base+pattern, operation, g.bearer, func(r *http.Request, _ []byte) any {
			out, code, text := g.do(operation, list(r.FormValue("loaiVanBan")), nil)
			return reply(code, text, out["data"])
		})
	}
	g.serve("GET "+base+"/vanbans/{id}", "getEdoc", g.bearer, func(r *http.Request, _ []byte) any {
		out, code, text := g.do("getEdoc", map[string]string{"docId": r.PathValue("id")}, nil)
		return reply(code, text, encoded(out))
	})
	g.serve("PUT "+base+"/vanbans/{id}", "updateStatus", g.bearer, func(r *http.Request, body []byte) any {
		state := jsonText(body)["trangThai"]
		if state != strings.ToUpper(state) {
			return reply("22", "trangThai must be INITIAL, PROCESSING, DONE or FAIL", nil)
		}
		_, code, text := g.do("updateStatus", map[string]string{"docId": r.PathValue("id"), "status": strings.ToLower(state)}, nil)
		return reply(code, text, nil)
	})
	g.serve("GET "+base+"/donvilienthongs", "getAgenciesList", g.bearer, func(*http.Request, []byte) any {
		out, code, text := g.do("getAgenciesList", nil, nil)
		return reply(code, text, out["data"])
	})
}

// octet: headers say everything; the body is the message alone. Codes 0 and 9999.
func (g *Gateway) octet() {
	may := func(r *http.Request) bool {
		return r.Header.Get("organid") == g.sender() && r.Header.Get("authorization") == g.axis.Secret(g.system)
	}
	reply := func(code, text string, more map[string]any) any {
		if code != "0" {
			code = "9999"
		}
		out := map[string]any{"code": code, "message": text}
		for k, v := range more {
			out[k] = v
		}
		return out
	}
	kind := func(r *http.Request) string { return r.Header.Get("type") }
	g.serve("POST /EdocService/sendDocument", "sendEdoc", may, func(r *http.Request, body []byte) any {
		if r.Header.Get("Content-Type") != "application/octet-stream" || r.Header.Get("hash-edoc") == "" {
			return reply("10", "Content-Type or hash-edoc", nil)
		}
		out, code, text := g.do("sendEdoc", sending(kind(r), g.sender()), body)
		return reply(code, text, map[string]any{"docid": out["DocId"]})
	})
	for pattern, operation := range map[string]string{
		"/EdocService/getPendingDocIds": "getReceivedEdocList", "/EdocService/getSentDocuments": "getSentEdocList",
	} {
		g.serve("GET "+pattern, operation, may, func(r *http.Request, _ []byte) any {
			out, code, text := g.do(operation, list(kind(r)), nil)
			return reply(code, text, map[string]any{"documents": out["data"]})
		})
	}
	g.serve("GET /EdocService/getDocument", "getEdoc", may, func(r *http.Request, _ []byte) any {
		out, code, text := g.do("getEdoc", map[string]string{"docId": r.Header.Get("docid")}, nil)
		if raw, ok := out["raw"].([]byte); ok {
			return raw
		}
		return reply(code, text, nil)
	})
	g.serve("POST /EdocService/confirmReceived", "updateStatus", may, func(r *http.Request, _ []byte) any {
		_, code, text := g.do("updateStatus", map[string]string{"docId": r.Header.Get("docid"), "status": r.Header.Get("status")}, nil)
		return reply(code, text, nil)
	})
	g.serve("GET /EdocService/getOrganizations", "getAgenciesList", may, func(*http.Request, []byte) any {
		out, code, text := g.do("getAgenciesListQD20", nil, nil)
		return reply(code, text, map[string]any{"organizations": out["data"]})
	})
}

// xroad: the security server authenticates by X-Road-Client; lists are bare.
func (g *Gateway) xroad() {
	const base = "/r1/{client}/lienthongvanban/document"
	may := func(r *http.Request) bool {
		return r.Header.Get("X-Road-Client") == g.system && r.PathValue("client") == g.system
	}
	reply := func(code, text string, id any) any { return map[string]any{"code": code, "message": text, "id": id} }
	bare := func(operation string) func(r *http.Request, _ []byte) any {
		return func(r *http.Request, _ []byte) any {
			out, code, text := g.do(operation, list(r.FormValue("type")), nil)
			if code != "0" {
				return reply(code, text, nil)
			}
			return out["data"]
		}
	}
	g.serve("POST "+base+"/edocs/new", "sendEdoc", may, func(r *http.Request, _ []byte) any {
		raw, err := part(r, "file")
		if err != nil {
			return reply("10", err.Error(), nil)
		}
		out, code, text := g.do("sendEdoc", sending(r.FormValue("type"), g.sender()), raw)
		return reply(code, text, out["DocId"])
	})
	g.serve("GET "+base+"/edocs", "getReceivedEdocList", may, bare("getReceivedEdocList"))
	g.serve("GET "+base+"/edocs/sent", "getSentEdocList", may, bare("getSentEdocList"))
	g.serve("GET "+base+"/edocs/item/{id}", "getEdoc", may, func(r *http.Request, _ []byte) any {
		out, code, text := g.do("getEdoc", map[string]string{"docId": r.PathValue("id")}, nil)
		if raw, ok := out["raw"].([]byte); ok {
			return raw
		}
		return reply(code, text, nil)
	})
	g.serve("PUT "+base+"/edocs/item/{id}", "updateStatus", may, func(r *http.Request, _ []byte) any {
		_, code, text := g.do("updateStatus", map[string]string{"docId": r.PathValue("id"), "status": r.FormValue("status")}, nil)
		return reply(code, text, nil)
	})
	g.serve("GET "+base+"/agencies", "getAgenciesList", may, bare("getAgenciesListQD20"))
}
