using System.Net;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Agencies;
using LiveCommerce.Gateway.Agencies;
using LiveCommerce.Gateway.Tests.Running;

namespace LiveCommerce.Gateway.Tests.Http;

public sealed class AgencyApiTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly TestServer _server = shared.Server;

    private static DateOnly Tomorrow => DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime).AddDays(1);

    [Fact]
    public async Task Offer_IsMadeByNameAndAcceptedByTheStreamer()
    {
        using var leader = await _server.NewMemberAsync();
        using var streamer = await _server.NewMemberAsync();
        using var named = await leader.SendAsync(HttpMethod.Put, "/api/agency", new { name = "Bright Lights" });
        Assert.Equal(HttpStatusCode.OK, named.StatusCode);
        var key = Guid.CreateVersion7();
        var offer = new ContractOffer(streamer.Name, 1_500, Tomorrow, null);

        var made = await leader.PostAsync<AgencyContract>("/api/agency/offers", offer, key);
        Assert.Equal(made, await leader.PostAsync<AgencyContract>("/api/agency/offers", offer, key));
        Assert.Equal([made], (await streamer.GetAsync<ContractList>("/api/agency-contracts")).Contracts);
        await streamer.PostAsync<AgencyContract>($"/api/agency-contracts/{made.ContractId}/decision", new DecideContract(ContractDecision.Accept));

        Assert.Equal(ContractState.Agreed, Assert.Single((await leader.GetAsync<AgencyView>("/api/agency")).Contracts).State);
    }

    [Fact]
    public async Task OfferToNobody_IsRefused()
    {
        using var leader = await _server.NewMemberAsync();

        var refusal = await leader.RefusedAsync(
            HttpStatusCode.NotFound, HttpMethod.Post, "/api/agency/offers", new ContractOffer("Nobody of this name", 100, Tomorrow, null), Guid.CreateVersion7());

        Assert.Equal(RefusalCode.AccountNotFound, refusal.Code);
    }

    [Fact]
    public async Task Rates_AreOpenToEverybodyAndPublishedByOperators()
    {
        using var guest = _server.NewVisitor();
        using var member = await _server.NewMemberAsync();

        Assert.Equal(5_000, (await guest.GetAsync<RateList>("/api/rates")).Rates[0].StreamerPart);
        var refusal = await member.RefusedAsync(
            HttpStatusCode.Forbidden, HttpMethod.Post, "/api/operator/rates", new PublishRate(9_000, TimeProvider.System.GetUtcNow().AddDays(9)));
        Assert.Equal(RefusalCode.NotAllowed, refusal.Code);
    }
}
