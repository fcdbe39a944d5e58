using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Rooms;

namespace LiveCommerce.Silo.Tests.Rooms;

public sealed class ChatRulesTests
{
    [Theory]
    [InlineData("hello", "hello")]
    [InlineData("  hello \t\n  world  ", "hello world")]
    [InlineData("one\u2028two\u2029three", "one two three")]
    [InlineData("a\u0000b\u0007c\u009Fd", "abcd")]
    [InlineData("pay \u202Emoc.live\u202C now", "pay moc.live now")]
    [InlineData("\u2066isolated\u2069 \u202Aembedded\u202C", "isolated embedded")]
    [InlineData("no\u200Bhidden\uFEFF\u2060\u00ADjoints", "nohiddenjoints")]
    [InlineData("👨‍👩‍👧‍👦 👍🏽 ❤️ 🇫🇷", "👨‍👩‍👧‍👦 👍🏽 ❤️ 🇫🇷")]
    [InlineData("نمی‌خواهم שָׁלוֹם ที่นี่ 안녕 你好", "نمی‌خواهم שָׁלוֹם ที่นี่ 안녕 你好")]
    [InlineData("<script>alert(1)</script>", "<script>alert(1)</script>")]
    [InlineData("\u0301\u0301leading marks", "leading marks")]
    public void Text_IsShownWithoutWhatActsOnItsSurroundings(string said, string shown) =>
        Assert.Equal(shown, ChatRules.Clean(said));

    [Fact]
    public void StackedMarks_AreCutToWhatScriptsNeed()
    {
        var zalgo = "z" + new string('\u0336', 40) + "a" + new string('\u0300', 40);

        Assert.Equal("z\u0336\u0336\u0336\u0336a\u0300\u0300\u0300\u0300", ChatRules.Clean(zalgo));
    }

    [Fact]
    public void Tags_StayInTheFlagOfARegionAndHideNothingElsewhere()
    {
        const string England = "\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F";

        Assert.Equal($"go {England}!", ChatRules.Clean($"go {England}!"));
        Assert.Equal("ab", ChatRules.Clean("a\U000E0067\U000E0062\U000E007Fb"));
    }

    [Fact]
    public void BrokenSurrogates_AreTakenOut() =>
        Assert.Equal("ab", ChatRules.Clean("a\uD83D" + "b"));

    [Theory]
    [InlineData("")]
    [InlineData("   \r\n\t ")]
    [InlineData("\u200B\u202E\u2060")]
    [InlineData("\u200D\u200D")]
    [InlineData("\u3164\u2800\u115F")]
    [InlineData(null)]
    public void TextWithNothingToRead_IsRefused(string? said) =>
        Assert.Equal(RefusalCode.MessageEmpty, ChatRules.TryMessage(said, out _)?.Code);

    [Fact]
    public void Length_CountsWhatIsShown()
    {
        var longest = new string('a', RoomLimits.MessageLengthMax);

        Assert.Null(ChatRules.TryMessage($"   {longest}\u200B  ", out var clean));
        Assert.Equal(longest, clean);

        var refusal = ChatRules.TryMessage(longest + "b", out _)!;
        Assert.Equal(RefusalCode.MessageTooLong, refusal.Code);
        Assert.Equal("This message has 301 characters; 300 are allowed. Shorten it, or send it in parts.", refusal.Message);
        Assert.Equal(301, refusal.Amounts!["length"]);
    }

    [Fact]
    public void HugeText_IsRefusedUnread() =>
        Assert.Equal(RefusalCode.MessageTooLong, ChatRules.TryMessage(new string(' ', 1_000_000), out _)?.Code);

    [Theory]
    [InlineData("Tea from the hills", true)]
    [InlineData("", false)]
    [InlineData("\u202E", false)]
    public void Title_HasSomethingToRead(string title, bool allowed) =>
        Assert.Equal(allowed, ChatRules.TryTitle(title, out _) is null);

    [Fact]
    public void TitleThatIsTooLong_IsRefused() =>
        Assert.Equal(RefusalCode.TitleNotAllowed, ChatRules.TryTitle(new string('t', RoomLimits.TitleLengthMax + 1), out _)?.Code);
}
