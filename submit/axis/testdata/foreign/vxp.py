# A client and a server of the VXP protocol that are not ours: written from the
# published description of the wire alone, with Python's standard library.
#   vxp.py client BASE SYSTEM SECRET FROM TO   exits 0 where the axis behaves
#   vxp.py server SYSTEM SECRET [odd]          prints its port, serves until stdin ends; odd: what is legal JSON and HTTP, and rare
import base64, calendar, gzip, hashlib, hmac, http.client, http.server, json, sys, threading, time, urllib.parse, uuid

NS = "http://www.mic.gov.vn/TBT/QCVN_102_2016"


def unpadded(data):
    return "".join("%x" % b for b in hashlib.sha256(data).digest())


def headers(system, secret, params, content_type):
    now = time.time()
    stamp = time.strftime("%d%m%YT%H%M%S", time.gmtime(now + 7 * 3600)) + "+%04d" % (now * 1000 % 1000)
    every = [("systemid", system)] + params + [("timestamp", stamp), ("Content-Type", content_type)]
    text = json.dumps({"XroadVnpt-" + k: v for k, v in every}, separators=(",", ":"))
    out = {"XroadVnpt-" + k: v for k, v in every}
    out.update({
        "Content-Type": content_type, "XroadVnpt-version": "3.0.201608", "User-Agent": "JAVASDKAgent/1.0.0 XRoad/VPCP",
        "XroadVnpt-sign-header-key": ";".join(k for k, _ in every), "XroadVnpt-sign-header": text,
        "XroadVnpt-hash-header": hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest(),
    })
    return out


def message(sender, to, number):
    e = lambda name, inner: "<edXML:%s>%s</edXML:%s>" % (name, inner, name)
    organ = lambda code, name: e("OrganId", code) + e("OrganName", name)
    pdf = base64.b64encode(b"%PDF-1.4\n%%EOF\n").decode()
    head = (e("From", organ(sender, "Sở Gửi")) + e("To", organ(to, "Sở Nhận")) +
            e("DocumentId", "%s,2026/11/20,%s/SG-VP" % (sender, number)) +
            e("Code", e("CodeNumber", number) + e("CodeNotation", "SG-VP")) +
            e("PromulgationInfo", e("Place", "Tỉnh Mẫu") + e("PromulgationDate", "2026/11/20")) +
            e("DocumentType", e("Type", "18") + e("TypeDetail", "0") + e("TypeName", "Công văn")) +
            e("Subject", "V/v thử của người khác " + number) + e("SteeringType", "1"))
    trace = (e("TraceHeader", e("OrganId", sender) + e("Timestamp", "2026/11/20 09:15:00")) +
             e("Bussiness", e("BussinessDocType", "0") + e("BussinessDocReason", "Văn bản điện tử mới") + e("Paper", "0")))
    manifest = '<edXML:edXMLManifest version="1.0">' + e("Reference", e("ContentId", "cid:a") + e(
        "ContentType", "application/pdf") + e("Description", "VB") + e("AttachmentName", "a.pdf")) + "</edXML:edXMLManifest>"
    envelope = e("edXMLHeader", e("MessageHeader", head) + e("TraceHeaderList", trace)) + e("edXMLBody", manifest)
    return ('<?xml version="1.0" encoding="UTF-8"?>\n<edXML xmlns="%s"><edXML:edXMLEnvelope xmlns:edXML="%s">%s</edXML:edXMLEnvelope>'
            "<AttachmentEncoded><Attachment><ContentId>cid:a</ContentId><AttachmentName>a.pdf</AttachmentName><Description>VB</Description>"
            '<ContentType>application/pdf</ContentType><edXML:ContentTransferEncoded xmlns:edXML="%s">%s</edXML:ContentTransferEncoded>'
            "</Attachment></AttachmentEncoded></edXML>" % (NS, NS, envelope, NS, pdf)).encode()


def client(base, system, secret, sender, to):
    where = urllib.parse.urlsplit(base)

    def call(operation, params=(), body=b"", kind="application/json", method="POST", key=secret, raw=False):
        c = http.client.HTTPConnection(where.netloc, timeout=30)
        c.request(method, where.path + "/" + operation, body, headers(system, key, list(params), kind))
        r = c.getresponse()
        data = r.read()
        assert r.status == 200, (operation, r.status, data[:200])
        return data if raw else json.loads(data)

    def ok(a):
        assert a["status"] == "OK" and a["ErrorCode"] == "0", a
        assert a["ErrorDesc"].isascii(), a
        return a

    def send(number, spell, body=None):
        data = body or message(sender, to, number)
        return call("sendEdoc", [("servicetype", "eDoc"), ("messagetype", "edoc"), ("hash-file", spell(data)), ("from", sender)],
                    data + b"\r\n", "application/octet-stream")

    first = ok(send("701", unpadded))["DocId"]  # both spellings of the hash
    second = ok(send("702", lambda b: hashlib.sha256(b).hexdigest()))["DocId"]
    uuid.UUID(first), uuid.UUID(second)
    assert send("703", lambda b: unpadded(b + b" "))["status"] != "OK", "a wrong hash was taken"
    evil = b'<?xml version="1.0"?><!DOCTYPE edXML [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + message(sender, to, "704")[39:]
    assert send("704", unpadded, evil)["status"] != "OK", "a DOCTYPE was taken"
    try:
        assert call("getAgenciesList", key="wrong")["status"] != "OK", "a wrong secret was taken"
    except (AssertionError, ValueError) as e:
        assert "was taken" not in str(e), e
    kind = [("servicetype", "eDoc"), ("messagetype", "edoc")]
    rows = [r for r in ok(call("getSentEdocList", kind))["data"] if r["senderDocId"] in (first, second)]
    assert len(rows) == 2 and all(r["fromCode"] == sender and r["toCode"] == to for r in rows), rows
    for name in ("serviceType", "messageType", "senderDocId", "receiverDocId", "fromCode", "toCode", "sendStatus", "sendStatusDesc",
                 "receiveStatus", "receiveStatusDesc", "title", "notation", "sentTime", "receivedTime"):
        assert name in rows[0], (name, rows[0])
    agencies = ok(call("getAgenciesList"))["data"]
    assert any(a["code"] == to or a.get("oldCode") for a in agencies) and {"id", "pid", "code", "name", "mail"} <= set(agencies[0]), agencies[0]
    waiting = ok(call("getReceivedEdocList", kind))["data"]
    for row in waiting[:1]:
        for name in ("docId", "serviceType", "messageType", "created_time", "updated_time", "from", "to", "status", "status_desc"):
            assert name in row, (name, row)
        whole = base64.b64decode(ok(call("getEdoc", [("docId", row["docId"]), ("filePath", "x")], b"{}"))["data"])
        assert call("downloadEdoc", [("docId", row["docId"]), ("filePath", "x")], method="GET", raw=True).strip() == whole.strip()
        ok(call("updateStatus", [("docId", row["docId"]), ("status", "done")], b"{}"))
        left = [r["docId"] for r in ok(call("getReceivedEdocList", kind))["data"]]
        assert row["docId"] not in left, "it is listed after done"
    print("ok", len(agencies), "agencies,", len(waiting), "waiting")


def server(system, secret, taste=""):
    held, lock = [], threading.Lock()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args): pass

        def param(self, name): return self.headers.get("XroadVnpt-" + name, "")

        def wrong(self):
            keys, text = self.param("sign-header-key").split(";"), self.param("sign-header")
            signed = json.loads(text)
            if text != json.dumps(signed, separators=(",", ":"), ensure_ascii=False) or list(signed) != ["XroadVnpt-" + k for k in keys]:
                return "sign-header is not compact, or not in its order"
            if any(self.headers.get(k) != v for k, v in signed.items()) or signed["XroadVnpt-systemid"] != system:
                return "sign-header is not what was sent"
            if hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest() != self.param("hash-header"):
                return "hash-header"
            if not {"systemid", "timestamp", "Content-Type"} <= set(keys) or self.param("version") != "3.0.201608":
                return "a header is missing"
            at = calendar.timegm(time.strptime(self.param("timestamp")[:15], "%d%m%YT%H%M%S"))
            return "" if abs(at - 7 * 3600 - time.time()) < 60 else "an old timestamp"

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            operation, wrong = self.path.rsplit("/", 1)[-1], self.wrong()
            out = {"status": "OK", "ErrorCode": "0", "ErrorDesc": "Success"}
            if wrong:
                out = {"status": "FAIL", "ErrorCode": "15", "ErrorDesc": wrong}
            elif operation == "sendEdoc":
                data = body[:-2] if body.endswith(b"\r\n") else body
                if self.param("hash-file") not in (unpadded(data), hashlib.sha256(data).hexdigest()):
                    out = {"status": "FAIL", "ErrorCode": "21", "ErrorDesc": "hash-file"}
                else:
                    out["DocId"] = time.time_ns() if taste else str(uuid.uuid4())
                    with lock:
                        held.append((out["DocId"], data, self.param("from"), time.time()))
            elif operation == "getSentEdocList":
                out["data"] = [self.row(*h) for h in held]
            elif operation == "getAgenciesList":
                out["data"] = [{"id": "1", "pid": "0", "code": "000.00.98.H99", "name": "Sở Nhận", "mail": ""}]
            elif operation == "getAgenciesListQD20":
                out["data"] = [{"id": "1", "pid": "0", "code": "000.00.98.H99", "code102": "H99.98", "name": "Sở Nhận", "mail": ""}]
            elif operation in ("getReceivedEdocList", "getSynchronizeUnit"):
                out["data"] = []
            data = json.dumps(out).encode()
            if taste:
                out = {"ErrorDesc": "Thành công", "trace": [{"docId": None}], **out, "ErrorCode": int(out["ErrorCode"])}
                text = json.dumps({k.lower(): out[k] for k in sorted(out)}, indent=1, ensure_ascii=False)
                data = gzip.compress(b"\xef\xbb\xbf" + text.encode())
            self.send_response(200)
            self.send_header("Content-Type", "application/json;charset=UTF-8")
            if taste:
                self.send_header("content-encoding", "gzip")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def row(self, doc, data, sender, at):
            import xml.etree.ElementTree as tree
            root = tree.fromstring(data)
            get = lambda path: root.find(".//" + "/".join("{%s}%s" % (NS, p) for p in path.split("/"))).text
            return {"serviceType": "eDoc", "messageType": "edoc", "senderDocId": doc, "receiverDocId": doc, "fromCode": sender,
                    "toCode": get("To/OrganId"), "sendStatus": "done", "sendStatusDesc": "", "receiveStatus": "initial",
                    "receiveStatusDesc": "", "title": get("Subject"), "notation": get("CodeNumber") + "/" + get("CodeNotation"),
                    "sentTime": int(at * 1000) if taste else time.strftime("%d/%m/%Y %H:%M:%S", time.gmtime(at + 7 * 3600)), "receivedTime": ""}

    s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(s.server_port, flush=True)
    threading.Thread(target=s.serve_forever, daemon=True).start()
    sys.stdin.read()


if sys.argv[1] == "client":
    client(*sys.argv[2:])
else:
    server(*sys.argv[2:])
