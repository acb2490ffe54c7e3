package axis

// statusCodes are the business statuses; those with true need a reason.
func statusCodes() map[string]bool {
	return map[string]bool{
		"01": false, "02": true, "03": false, "04": false, "05": false, "06": false,
		"13": true, "15": false, "16": true,
	}
}

// readStatus checks a status message and reads it. Its addressee is
// ResponseFor/OrganId.
func readStatus(root *element) (*Message, error) {
	envelope, err := checkShape(root)
	if err != nil {
		return nil, err
	}
	header := envelope.at("edXMLHeader", "MessageHeader")
	if header == nil {
		return nil, badFormat("edXMLHeader/MessageHeader is missing")
	}
	err = applyAll(header, []rule{
		{path: "ResponseFor/OrganId", required: true, max: 35},
		{path: "ResponseFor/Code", required: true, max: 50},
		{path: "ResponseFor/PromulgationDate", required: true, check: isDate(layoutDay)},
		{path: "ResponseFor/DocumentId", required: true},
		{path: "StatusCode", required: true},
		{path: "Description", max: 500},
		{path: "Timestamp", required: true, check: isDate(layoutTime)},
	})
	if err != nil {
		return nil, err
	}
	sender := header.all("From")
	if len(sender) != 1 {
		return nil, badFormat("From must occur once")
	}
	if err := applyAll(sender[0], organization()); err != nil {
		return nil, inside("From", err)
	}
	m := &Message{
		Type: typeStatus, From: sender[0].value("OrganId"), Code: header.value("StatusCode"),
		Note: header.value("Description"), DocumentID: header.value("ResponseFor", "DocumentId"),
		RefOf: header.value("ResponseFor", "OrganId"), RefNum: header.value("ResponseFor", "Code"),
		Date: header.value("ResponseFor", "PromulgationDate"),
	}
	m.To = []string{m.RefOf}
	reason, known := statusCodes()[m.Code]
	switch {
	case !known:
		return nil, badFormat("StatusCode %s is not known", m.Code)
	case reason && m.Note == "":
		return nil, badFormat("StatusCode %s needs a Description", m.Code)
	}
	return m, nil
}
