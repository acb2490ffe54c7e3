import java.io.File;
import org.apache.pdfbox.preflight.PreflightDocument;
import org.apache.pdfbox.preflight.ValidationResult;
import org.apache.pdfbox.preflight.parser.PreflightParser;

/** Prints, a line a file, whether it is PDF/A-1b, and if not the first reasons. */
public class PreflightCheck {
    public static void main(String[] files) {
        for (String file : files) {
            System.out.println(file + "\t" + judge(file));
        }
    }

    private static String judge(String file) {
        try {
            PreflightParser parser = new PreflightParser(new File(file));
            parser.parse();
            try (PreflightDocument document = parser.getPreflightDocument()) {
                document.validate();
                ValidationResult result = document.getResult();
                StringBuilder words = new StringBuilder(result.isValid() ? "VALID" : "INVALID");
                for (ValidationResult.ValidationError e : result.getErrorsList()) {
                    words.append(" | ").append(e.getErrorCode()).append(' ').append(e.getDetails().replaceAll("\\s+", " "));
                }
                return words.toString();
            }
        } catch (Exception e) {
            return "INVALID | " + e;
        }
    }
}
