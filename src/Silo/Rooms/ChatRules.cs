using System.Globalization;
using System.Text;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Silo.Rooms;

/// <summary>What text may appear in a room. Pure: knows no sender, room or clock.</summary>
internal static class ChatRules
{
    /// <summary>Combining marks that may stand on one letter. Real scripts need up to four; "zalgo" stacks dozens over its neighbours.</summary>
    public const int MarksPerLetterMax = 4;

    /// <summary>Input longer than this many times the limit is refused unread.</summary>
    private const int RawLengthFactor = 8;

    private const int BlackFlag = 0x1F3F4;
    private const int TagFirst = 0xE0000;
    private const int TagLast = 0xE007F;
    private const int CancelTag = 0xE007F;

    /// <summary>A chat message as it will be shown, or why it can't be.</summary>
    public static Refusal? TryMessage(string? text, out string clean)
    {
        clean = "";
        if (text is not null && text.Length <= RoomLimits.MessageLengthMax * RawLengthFactor) { clean = Clean(text); }
        else if (text is not null) { return TooLong(text.Length); }

        if (clean.Length == 0) { return new Refusal(RefusalCode.MessageEmpty, "There is nothing to read in this message. Write something and send it again."); }
        return clean.Length > RoomLimits.MessageLengthMax ? TooLong(clean.Length) : null;
    }

    /// <summary>A room's title as it will be shown, or why it can't be.</summary>
    public static Refusal? TryTitle(string? text, out string clean)
    {
        clean = text is not null && text.Length <= RoomLimits.TitleLengthMax * RawLengthFactor ? Clean(text) : "";
        return clean.Length is 0 or > RoomLimits.TitleLengthMax
            ? new Refusal(RefusalCode.TitleNotAllowed, $"A title has 1 to {RoomLimits.TitleLengthMax} characters. Choose another.")
            : null;
    }

    /// <summary>
    /// One line without anything that acts on its surroundings: control characters, bidirectional overrides and isolates (they
    /// would turn the rest of the line around), invisible fillers, stacked marks and broken surrogates are taken out, runs of
    /// space become one. What people write stays: every script, emoji with joiners and skin tones.
    /// </summary>
    public static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        var marks = MarksPerLetterMax; // a mark with no letter before it has nothing to stand on
        var spaceWaits = false;
        var visible = false;
        var inFlag = false;

        foreach (var rune in text.EnumerateRunes())
        {
            if (IsSpace(rune))
            {
                spaceWaits = clean.Length > 0;
                marks = MarksPerLetterMax;
                inFlag = false;
                continue;
            }

            if (IsTag(rune))
            {
                // Tags spell the flags of regions after a black flag; anywhere else they hide text.
                if (inFlag) { Append(clean, rune); }
                inFlag &= rune.Value != CancelTag;
                continue;
            }

            if (IsDropped(rune)) { continue; }

            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark)
            {
                if (marks++ < MarksPerLetterMax) { Append(clean, rune); }
                continue;
            }

            inFlag = rune.Value == BlackFlag;
            if (spaceWaits) { clean.Append(' '); }
            spaceWaits = false;
            Append(clean, rune);
            if (!IsJoiner(rune))
            {
                marks = 0;
                visible = true;
            }
        }

        return visible ? clean.ToString() : "";
    }

    private static void Append(StringBuilder clean, Rune rune)
    {
        Span<char> units = stackalloc char[2];
        clean.Append(units[..rune.EncodeToUtf16(units)]);
    }

    private static bool IsSpace(Rune rune) => Rune.IsWhiteSpace(rune) || rune.Value is 0x2800 or 0x3164 or 0xFFA0 or 0x115F or 0x1160;

    private static bool IsTag(Rune rune) => rune.Value is >= TagFirst and <= TagLast;

    /// <summary>Joiners shape what stands beside them (emoji families, Persian, Indic scripts), so they stay.</summary>
    private static bool IsJoiner(Rune rune) => rune.Value is 0x200C or 0x200D;

    private static bool IsDropped(Rune rune) =>
        rune.Value == Rune.ReplacementChar.Value
        || (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned
            && !IsJoiner(rune));

    private static Refusal TooLong(int length) => new(
        RefusalCode.MessageTooLong,
        $"This message has {length} characters; {RoomLimits.MessageLengthMax} are allowed. Shorten it, or send it in parts.")
    {
        Amounts = new Dictionary<string, long>(StringComparer.Ordinal) { ["length"] = length, ["max"] = RoomLimits.MessageLengthMax },
    };
}
