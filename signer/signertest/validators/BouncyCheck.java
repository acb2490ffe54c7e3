import java.io.File;
import java.io.FileInputStream;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.PDSignature;
import org.bouncycastle.asn1.ASN1InputStream;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.tsp.TimeStampToken;
import org.bouncycastle.util.Store;

/** Prints one line for each signature that PDFBox finds: "field subfilter VALID|INVALID reason". */
public class BouncyCheck {
    public static void main(String[] args) throws Exception {
        for (String path : args) {
            check(path);
        }
    }

    static void check(String path) throws Exception {
        try (PDDocument doc = PDDocument.load(new File(path))) {
            for (PDSignature sig : doc.getSignatureDictionaries()) {
                String verdict;
                try {
                    verdict = verify(path, sig);
                } catch (Exception e) {
                    verdict = "INVALID " + e;
                }
                System.out.println(path + "\t" + sig.getSubFilter() + "\t" + verdict);
            }
        }
    }

    static String verify(String path, PDSignature sig) throws Exception {
        byte[] contents, signed;
        try (InputStream in = new FileInputStream(path)) {
            contents = sig.getContents(in);
        }
        try (InputStream in = new FileInputStream(path)) {
            signed = sig.getSignedContent(in);
        }
        ASN1Primitive first;
        try (ASN1InputStream in = new ASN1InputStream(contents)) { // the padding of zeros is left out
            first = in.readObject();
        }
        if (sig.getSubFilter().equals("ETSI.RFC3161")) {
            return timestamp(new TimeStampToken(ContentInfo.getInstance(first)), signed);
        }
        CMSSignedData cms = new CMSSignedData(new CMSProcessableByteArray(signed), ContentInfo.getInstance(first));
        Store<X509CertificateHolder> certs = cms.getCertificates();
        for (SignerInformation signer : cms.getSignerInfos()) {
            X509CertificateHolder cert = (X509CertificateHolder) certs.getMatches(signer.getSID()).iterator().next();
            if (!signer.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider(new BouncyCastleProvider()).build(cert))) {
                return "INVALID signer not verified";
            }
            String stamp = signatureTimestamp(signer);
            if (!stamp.startsWith("VALID")) {
                return stamp;
            }
        }
        return "VALID";
    }

    static String signatureTimestamp(SignerInformation signer) throws Exception {
        AttributeTable unsigned = signer.getUnsignedAttributes();
        Attribute attr = unsigned == null ? null : unsigned.get(PKCSObjectIdentifiers.id_aa_signatureTimeStampToken);
        if (attr == null) {
            return "VALID";
        }
        return timestamp(new TimeStampToken(ContentInfo.getInstance(attr.getAttrValues().getObjectAt(0))), signer.getSignature());
    }

    static String timestamp(TimeStampToken token, byte[] data) throws Exception {
        X509CertificateHolder cert =
            (X509CertificateHolder) token.getCertificates().getMatches(token.getSID()).iterator().next();
        token.validate(new JcaSimpleSignerInfoVerifierBuilder().setProvider(new BouncyCastleProvider()).build(cert));
        MessageDigest md = MessageDigest.getInstance(
            token.getTimeStampInfo().getMessageImprintAlgOID().getId(), new BouncyCastleProvider());
        if (!Arrays.equals(md.digest(data), token.getTimeStampInfo().getMessageImprintDigest())) {
            return "INVALID timestamp imprint";
        }
        return "VALID timestamp " + token.getTimeStampInfo().getGenTime().toInstant();
    }
}
