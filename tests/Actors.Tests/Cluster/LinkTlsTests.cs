using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using LiveCommerce.Actors.Cluster;
using LiveCommerce.Actors.Links;
using LiveCommerce.Tests;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Actors.Tests.Cluster;

/// <summary>Links over TLS: who is trusted, who is not, and what people are told.</summary>
public sealed class LinkTlsTests : IAsyncDisposable
{
    private readonly MemoryClusterStore _store = new();
    private readonly TestCertificates _ours = new();
    private readonly TestCertificates _others = new();
    private readonly List<Node> _nodes = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) { await node.DisposeAsync(); }
        _ours.Dispose();
        _others.Dispose();
    }

    [Fact]
    public async Task ProcessesWithCertificatesOfOneAuthority_TalkOverTls()
    {
        var silo = await StartAsync(ClusterRole.Silo, _ours.Settings());
        await Node.ServingAsync(silo);
        var gateway = await StartAsync(ClusterRole.Gateway, _ours.Settings());

        Assert.StartsWith("https", silo.Url, StringComparison.Ordinal);
        Assert.Equal(3, await gateway.Grains.GetGrain<IProbeGrain>("a").Count(3));
        Assert.Null(await ProbeAsync(silo, _ours.Settings()));
    }

    [Fact]
    public async Task WhoeverAsksItsOwnMachineOverHttps_NeedsTheRightAuthority_AndNoName()
    {
        var silo = await StartAsync(ClusterRole.Silo, _ours.Settings(_ours.Issue("elsewhere", otherName: "silo.example")));

        var (ours, others) = (new PrivateAuthority(_ours.Authority, TimeProvider.System), new PrivateAuthority(_others.Authority, TimeProvider.System));
        using (var client = new HttpClient(ours.CreateHandler()!))
        using (var answer = await client.GetAsync(new Uri($"{silo.Url}/nothing"), Token))
        {
            Assert.Equal((HttpStatusCode.NotFound, null), (answer.StatusCode, ours.Problem));
        }

        using (var client = new HttpClient(others.CreateHandler()!))
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(new Uri(silo.Url), Token));
            Assert.Contains("is not signed by", others.Problem, StringComparison.Ordinal);
        }

        var none = new PrivateAuthority("no such file.pem", TimeProvider.System);
        Assert.Null(none.CreateHandler());
        Assert.Contains("cannot be read", none.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void CertificateThatNamesAnAddress_MakesNobodyFetchFromIt()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=stranger", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension([], [$"http://{listener.LocalEndpoint}/authority.crt"]));
        var now = TimeProvider.System.GetUtcNow();
        using var shown = request.Create(
            new X500DistinguishedName("CN=nobody"), X509SignatureGenerator.CreateForECDsa(key), now.AddDays(-1), now.AddDays(1), [1, 2, 3]);
        var ours = LinkCertificates.Load(new LinkOptions { Authority = _ours.Authority }, TimeProvider.System);

        Assert.Contains("not signed by", ours.ProblemOf(shown, SslPolicyErrors.None, TimeProvider.System), StringComparison.Ordinal);
        Assert.False(listener.Pending());
    }

    [Fact]
    public async Task CertificatesAlone_AreEnough_WhereNobodyHasASecret()
    {
        var settings = _ours.Settings().Append(("Links:Secret", "")).ToArray();
        var silo = await StartAsync(ClusterRole.Silo, settings);
        await Node.ServingAsync(silo);

        Assert.Equal(1, await (await StartAsync(ClusterRole.Gateway, settings)).Grains.GetGrain<IProbeGrain>("a").Count(1));
    }

    [Fact]
    public async Task SecretAlone_IsEnough_WhereSilosDoNotAskForCertificates()
    {
        var silo = await StartAsync(ClusterRole.Silo, _ours.Settings(peer: false));
        await Node.ServingAsync(silo);

        Assert.Equal(1, await (await StartAsync(ClusterRole.Gateway, ("Links:Authority", _ours.Authority))).Grains.GetGrain<IProbeGrain>("a").Count(1));
    }

    [Fact]
    public async Task SiloOfAnotherAuthority_IsNotTrusted_AndTheGatewaySaysSo() =>
        await IsRefusedAsync(
            _others.Settings(peer: false), [("Links:Authority", _ours.Authority)], "is not signed by Links:Authority", isSilosWord: false);

    [Fact]
    public async Task SiloWithACertificateForAnotherName_IsNotTrusted() =>
        await IsRefusedAsync(
            _ours.Settings(_ours.Issue("elsewhere", otherName: "elsewhere.example"), peer: false), [("Links:Authority", _ours.Authority)],
            "is for another name", isSilosWord: false);

    [Fact]
    public async Task GatewayWithoutACertificate_IsRefused_AndBothSidesSaySo() =>
        await IsRefusedAsync(_ours.Settings(), [("Links:Authority", _ours.Authority)], "it shows no certificate", isSilosWord: true);

    [Fact]
    public async Task GatewayWithACertificateOfAnotherAuthority_IsRefused()
    {
        var theirs = _others.Issue("theirs");
        await IsRefusedAsync(_ours.Settings(), _ours.Settings(theirs, peer: false), "is not signed by Links:Authority", isSilosWord: true);
    }

    [Fact]
    public async Task GatewayWithAGoodCertificateAndAnotherSecret_IsRefused() =>
        await IsRefusedAsync(
            _ours.Settings(), [.. _ours.Settings(), ("Links:Secret", "another secret, long enough")], "the secret is another one", isSilosWord: true);

    [Fact]
    public void CertificateThatHasExpired_IsNamedWithItsDates_AndSoIsOneThatIsNotYetGood()
    {
        using var expired = X509CertificateLoader.LoadCertificateFromFile(_ours.Issue("short", fromDay: -2, toDay: -1).Certificate);
        var certificates = LinkCertificates.Load(new LinkOptions { Authority = _ours.Authority }, TimeProvider.System);

        Assert.Contains("renew it", certificates.ProblemOf(expired, SslPolicyErrors.None, TimeProvider.System), StringComparison.Ordinal);

        // A clock that is an hour off finds nothing wrong with a certificate that has days left.
        using var good = X509CertificateLoader.LoadCertificateFromFile(_ours.Issue("good").Certificate);
        foreach (var hours in (int[])[-1, 1])
        {
            Assert.Null(certificates.ProblemOf(good, SslPolicyErrors.None, new ShiftedTime(TimeSpan.FromHours(hours))));
        }

        Assert.Contains("both machines' clocks", certificates.ProblemOf(good, SslPolicyErrors.None, new ShiftedTime(TimeSpan.FromDays(-5))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FilesThatCannotBeUsed_StopTheStart_WithASentenceThatNamesThem()
    {
        var (good, key) = _ours.Issue("good");
        var (_, wrongKey) = _ours.Issue("another");
        var empty = _ours.Write("empty.pem", "nothing");
        (string, (string, string)[])[] cases =
        [
            ("belong together", [("Links:Certificate", good)]),
            ("cannot be used", [("Links:Certificate", good), ("Links:CertificateKey", wrongKey)]),
            ("nowhere.pem", [("Links:Certificate", "/nowhere.pem"), ("Links:CertificateKey", key)]),
            ("has no certificate", [("Links:Authority", empty)]),
            ("nowhere.pem cannot be read", [("Links:Authority", "/nowhere.pem")]),
            ("needs Links:Authority", [("Links:PeerCertificate", "true")]),
            ("Renew it", _ours.Settings(_ours.Issue("old", -3, -2))),
            ("at least 16 characters", [("Links:Secret", "short")]),
            ("at least 16 characters", [("Links:Secret", "")]),
        ];
        foreach (var (words, settings) in cases)
        {
            var refusal = await Assert.ThrowsAsync<OptionsValidationException>(() => Node.StartAsync(_store, ClusterRole.Gateway, settings));
            Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
        }

        var plain = await Assert.ThrowsAsync<ClusterMismatchException>(() => Node.StartAsync(
            _store, ClusterRole.Silo, ("Links:Authority", _ours.Authority), ("Links:PeerCertificate", "true")));
        Assert.Contains("begin with https", plain.Message, StringComparison.Ordinal);
    }

    /// <summary>The gateway's call fails as not begun, and who refuses whom and why is in the logs and in the word for <c>livecommerce status</c>.</summary>
    private async Task IsRefusedAsync((string, string)[] silos, (string, string)[] gateways, string words, bool isSilosWord)
    {
        var silo = await StartAsync(ClusterRole.Silo, silos);
        await Node.ServingAsync(silo);
        var gateway = await StartAsync(ClusterRole.Gateway, [.. gateways, ("Cluster:OwnerPatience", "00:00:01"), ("Links:ConnectWithin", "00:00:50")]);

        var failure = await Assert.ThrowsAsync<GrainUnavailableException>(() => gateway.Grains.GetGrain<IProbeGrain>("a").Count(1).AsTask());

        Assert.False(failure.Begun);
        // The call does not wait for the reason, which a busy machine finds out later.
        await Node.UntilAsync(() => gateway.Log.Lines.Any(line => line.StartsWith("1222:", StringComparison.Ordinal) && line.Contains(words, StringComparison.Ordinal)));
        if (isSilosWord)
        {
            await Node.UntilAsync(() => silo.Log.Lines.Any(line => line.StartsWith("1211:", StringComparison.Ordinal)));
            Assert.Contains(words, Assert.Single(silo.Log.Lines, line => line.StartsWith("1211:", StringComparison.Ordinal)), StringComparison.Ordinal);
        }

        Assert.Contains(words, await ProbeAsync(silo, gateways), StringComparison.Ordinal);
    }

    private static async Task<string?> ProbeAsync(Node silo, (string Key, string Value)[] settings)
    {
        var values = settings.Prepend(("Links:Secret", "the secret of this test")).ToLookup(setting => setting.Item1, setting => setting.Item2);
        var options = new LinkOptions
        {
            Secret = values["Links:Secret"].Last(),
            Certificate = values["Links:Certificate"].FirstOrDefault() ?? "",
            CertificateKey = values["Links:CertificateKey"].FirstOrDefault() ?? "",
            Authority = values["Links:Authority"].FirstOrDefault() ?? "",
            ConnectWithin = TimeSpan.FromSeconds(50),
        };
        return await LinkProbe.AskAsync(silo.Url, options, 1, TimeProvider.System, Token);
    }

    private async Task<Node> StartAsync(ClusterRole role, params (string, string)[] settings)
    {
        var node = await Node.StartAsync(_store, role, settings);
        _nodes.Add(node);
        return node;
    }
}
