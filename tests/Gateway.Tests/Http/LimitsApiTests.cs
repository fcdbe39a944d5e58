using System.Net;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Limits;
using LiveCommerce.Gateway.Tests.Running;

namespace LiveCommerce.Gateway.Tests.Http;

public sealed class LimitsApiTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task OwnLimits_AreSetAndRead()
    {
        using var viewer = await _server.NewMemberAsync();

        using var set = await viewer.SendAsync(HttpMethod.Put, "/api/limits/own", new OwnLimits(50, 100, null));
        Assert.Equal(HttpStatusCode.OK, set.StatusCode);

        Assert.Equal(new OwnLimits(50, 100, null), (await viewer.GetAsync<LimitsView>("/api/limits")).Own);
    }

    [Theory]
    [InlineData("""{"perGift":-1}""", RefusalCode.LimitNotAllowed, HttpStatusCode.UnprocessableEntity)]
    [InlineData("""{"perDay":99999999999}""", RefusalCode.LimitNotAllowed, HttpStatusCode.UnprocessableEntity)]
    [InlineData("""{"perDay":99999999999999999999999}""", RefusalCode.Malformed, HttpStatusCode.BadRequest)]
    [InlineData("""{"perDay":1.5}""", RefusalCode.Malformed, HttpStatusCode.BadRequest)]
    public async Task LimitsThatCannotBe_AreRefused(string body, RefusalCode code, HttpStatusCode status)
    {
        using var viewer = await _server.NewMemberAsync();

        Assert.Equal(code, (await viewer.RefusedAsync(status, HttpMethod.Put, "/api/limits/own", body)).Code);
    }

    [Fact]
    public async Task DateOfBirth_IsTakenAtRegistrationAndGivenToNobody()
    {
        using var viewer = _server.NewVisitor();
        await viewer.SendAsync(
            HttpMethod.Post, "/api/account/register", new { name = "Young viewer", password = Visitor.Password, birthDate = $"{DateTimeOffset.UtcNow.Year - 10}-05-05" });

        var limits = await viewer.GetAsync<LimitsView>("/api/limits");
        Assert.True(limits is { BirthDateKnown: true, Minor: true });
        Assert.Equal(
            RefusalCode.BirthDateNotAllowed,
            (await viewer.RefusedAsync(HttpStatusCode.UnprocessableEntity, HttpMethod.Put, "/api/limits/birth-date", new { date = "1990-01-01" })).Code);
        Assert.DoesNotContain("-05-05", await (await viewer.SendAsync(HttpMethod.Get, "/api/limits")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RegistrationWithADateThatCannotBe_MakesNoAccount()
    {
        using var viewer = _server.NewVisitor();

        var refusal = await viewer.RefusedAsync(
            HttpStatusCode.UnprocessableEntity, HttpMethod.Post, "/api/account/register", new { name = "From tomorrow", password = Visitor.Password, birthDate = "2999-01-01" });

        Assert.Equal(RefusalCode.BirthDateNotAllowed, refusal.Code);
        Assert.Null(viewer.Cookie);
    }

    [Fact]
    public async Task Guest_HasNoLimitsToSee()
    {
        using var guest = _server.NewVisitor();

        Assert.Equal(RefusalCode.SignInRequired, (await guest.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Get, "/api/limits")).Code);
    }
}
