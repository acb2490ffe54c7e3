// The page's side of the local signing protocol: one operation is one socket,
// one text out, one text back.
"use strict";

function callBridge(address, name, message, done) {
  let answered = false;
  const finish = (answer) => {
    if (answered) return;
    answered = true;
    done(answer);
    socket.close();
  };
  const socket = new WebSocket("wss://" + address + "/" + name);
  socket.onopen = () => { if (message !== null) socket.send(message); };
  socket.onmessage = (event) => finish(event.data);
  socket.onerror = () => finish(JSON.stringify({ Status: 500, Message: "Không kết nối được chương trình ký số" }));
  socket.onclose = () => finish(JSON.stringify({ Status: 500, Message: "Chương trình ký số đóng kết nối, không trả lời" }));
  return socket;
}

// here is the address of a path of this site.
function here(path) { return new URL(path, document.baseURI).href; }

function request(id, site, extra) {
  return Object.assign({
    FileUploadHandler: here("upload/" + id + "?case=" + encodeURIComponent(site.mode)),
    SessionId: "",
    JWTToken: "",
    FileName: here("files/" + id + ".pdf?token=" + site.token + "&hasConvertToPdf=true"),
    MetaData: [{ Key: "token", Value: site.token }],
  }, extra);
}

function signOne(name, id, site, extra) {
  callBridge(site.bridge, name, JSON.stringify(request(id, site, extra)), (text) => show(id, text));
}

function verifyOne(id, site) {
  const message = { SessionId: "", FileName: here("files/" + id + ".pdf?token=" + site.token) };
  callBridge(site.bridge, "VerifyPDF", JSON.stringify(message), (text) => show(id, text));
}

// ask is an operation without a document; null sends nothing, as a probe does.
function ask(name, message, site) {
  callBridge(site.bridge, name, message, (text) => show("any", text));
}

// signAll names one handler for all files, as pages of real systems do.
function signAll(site, ids) {
  const message = {
    FileUploadHandler: here("upload/several?case=" + encodeURIComponent(site.mode)),
    SessionId: "",
    JWTToken: site.token,
    Files: ids.map((id, n) => ({ FileID: n + 1, FileName: id, URL: here("files/" + id + ".pdf?token=" + site.token) })),
  };
  callBridge(site.bridge, "SignFiles", JSON.stringify(message), (text) => show("all", text));
}

function show(id, text) {
  const place = document.getElementById("result-" + id);
  const answer = JSON.parse(text);
  place.dataset.status = String(answer.Status);
  place.dataset.answer = text;
  place.textContent = answer.Status === 0 ? "Đã ký và lưu: " + JSON.stringify(answer.FileServer || answer.Files || answer.Message) : "Chưa ký được: " + answer.Message;
}
