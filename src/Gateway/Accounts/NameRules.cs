using System.Globalization;
using System.Text;
using LiveCommerce.Contracts;

namespace LiveCommerce.Gateway.Accounts;

/// <summary>
/// Which names people may have, and when two names are the same to the eye. Letters and digits of any script;
/// single spaces, dots, hyphens and underscores between them.
/// </summary>
/// <remarks>The program runs without ICU, where Unicode normalisation does nothing: forms that would need it are not allowed.</remarks>
internal static class NameRules
{
    public const int LengthMin = 2;
    public const int LengthMax = 24;

    // Letters of other alphabets, and digits, that look like a Latin letter. Both sides are lower case.
    private const string Lookalikes = "аaвbсcԁdеeёeһhіiїiјjкkӏlмmнhоoрpԛqѕsтtуyхxԝwαaβbεeηnιiκkνvοoρpτtυuχxγyωwıiſsøođdłl0o1l";

    private static readonly Dictionary<char, char> ToLatin =
        Enumerable.Range(0, Lookalikes.Length / 2).ToDictionary(pair => Lookalikes[2 * pair], pair => Lookalikes[(2 * pair) + 1]);

    /// <summary>Why the name can't be used; null when it can.</summary>
    public static Refusal? Check(string name)
    {
        if (name.Length is < LengthMin or > LengthMax) { return NotAllowed($"A name has {LengthMin} to {LengthMax} characters."); }

        var scripts = 0;
        var afterSeparator = true;
        var beforeLatinLike = false;
        foreach (var rune in name.EnumerateRunes())
        {
            if (rune == Rune.ReplacementChar || IsPresentationForm(rune)) { return NotAllowed("Use plain letters and digits in a name."); }

            if (rune.Value is ' ' or '.' or '-' or '_')
            {
                if (afterSeparator) { return NotAllowed("A name starts and ends with a letter or digit, with one space, dot, hyphen or underscore between."); }
                afterSeparator = true;
                continue;
            }

            var script = ScriptOf(rune);
            var isMark = Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
            if (!Rune.IsLetterOrDigit(rune) && !(isMark && !afterSeparator && !beforeLatinLike))
            {
                return NotAllowed("A name has letters, digits, spaces, dots, hyphens and underscores.");
            }

            scripts |= (int)script;
            beforeLatinLike = script != Script.Other || rune.IsAscii;
            afterSeparator = false;
        }

        if (afterSeparator) { return NotAllowed("A name ends with a letter or digit."); }

        // A name in two of these alphabets is either a mistake or somebody's disguise.
        return (scripts & (scripts - 1)) == 0 ? null : NotAllowed("Write a name in one alphabet.");
    }

    /// <summary>Names with the same key are the same name: without regard to case, separators' kind and look-alike letters.</summary>
    public static string KeyOf(string name)
    {
        var key = new StringBuilder(name.Length);
        foreach (var letter in name.Trim().ToLowerInvariant())
        {
            var latin = ToLatin.GetValueOrDefault(letter, letter);
            key.Append(latin switch
            {
                ' ' or '.' or '_' => '-',

                // A capital I is drawn as a small L.
                'i' => 'l',
                _ => latin,
            });
        }

        return key.ToString();
    }

    private static Refusal NotAllowed(string why) => new(RefusalCode.NameNotAllowed, $"{why} Choose another name.");

    // Ligatures, full-width letters and mathematical alphabets: copies of letters that exist elsewhere.
    private static bool IsPresentationForm(Rune rune) => rune.Value
        is (>= 0xFB00 and <= 0xFDFF) or (>= 0xFE70 and <= 0xFEFF) or (>= 0xFF00 and <= 0xFFEF)
        or (>= 0x1D400 and <= 0x1D7FF) or (>= 0x2100 and <= 0x214F) or (>= 0x2460 and <= 0x24FF) or (>= 0x1F100 and <= 0x1F1FF);

    private static Script ScriptOf(Rune rune) => !Rune.IsLetter(rune) ? Script.Other : rune.Value switch
    {
        < 0x250 or (>= 0x1E00 and <= 0x1EFF) => Script.Latin,
        (>= 0x370 and <= 0x3FF) or (>= 0x1F00 and <= 0x1FFF) => Script.Greek,
        >= 0x400 and <= 0x52F => Script.Cyrillic,
        _ => Script.Other,
    };

    [Flags]
    private enum Script
    {
        Other = 0,
        Latin = 1,
        Greek = 2,
        Cyrillic = 4,
    }
}
