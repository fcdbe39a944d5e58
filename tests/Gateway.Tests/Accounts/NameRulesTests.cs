using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Accounts;

namespace LiveCommerce.Gateway.Tests.Accounts;

public sealed class NameRulesTests
{
    [Theory]
    [InlineData("Ana")]
    [InlineData("ana.b-c_d 9")]
    [InlineData("李小龙")]
    [InlineData("山田 太郎")]
    [InlineData("Анна")]
    [InlineData("Ελένη")]
    [InlineData("Zoë Müller")]
    [InlineData("किरण")]
    [InlineData("42")]
    public void NameInAnyAlphabet_IsAllowed(string name) => Assert.Null(NameRules.Check(name));

    [Theory]
    [InlineData("A")]
    [InlineData("ABCDEFGHIJKLMNOPQRSTUVWXY")]
    [InlineData(" Ana")]
    [InlineData("Ana-")]
    [InlineData("Ana--B")]
    [InlineData("Ana\nB")]
    [InlineData("<b>Ana</b>")]
    [InlineData("Ana\u200bB")]
    [InlineData("Ana\u202eB")]
    [InlineData("🌹 rose")]
    [InlineData("e\u0301clair")]
    [InlineData("ａｎａ")]
    [InlineData("ﬁona")]
    [InlineData("\ud835\udc00na")]
    [InlineData("Аna")]
    [InlineData("\ud800ab")]
    public void NameThatDisguisesOrBreaksSomething_IsRefused(string name) =>
        Assert.Equal(RefusalCode.NameNotAllowed, NameRules.Check(name)!.Code);

    [Theory]
    [InlineData("Ana", "ANA")]
    [InlineData("Ana B", "ana.b")]
    [InlineData("paypal", "PayPaI")]
    [InlineData("cocoa", "сосоа")]
    [InlineData("bob 10", "bob lo")]
    [InlineData("Ελλη", "ΕΛΛΗ")]
    public void NamesThatLookAlike_AreTheSameName(string one, string other) => Assert.Equal(NameRules.KeyOf(one), NameRules.KeyOf(other));

    [Theory]
    [InlineData("viewer-1-11", "viewer-11-1")]
    [InlineData("Ana", "Anna")]
    [InlineData("李小龙", "李小虎")]
    public void NamesThatDiffer_AreDifferentNames(string one, string other) => Assert.NotEqual(NameRules.KeyOf(one), NameRules.KeyOf(other));
}
