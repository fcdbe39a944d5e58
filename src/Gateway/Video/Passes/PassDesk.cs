using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Gateway.Accounts;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Video.Passes;

/// <summary>A pass for a player.</summary>
/// <param name="Pass">Stands behind the id in addresses: <c>/live/{streamId}~{pass}/…</c>.</param>
/// <param name="RefreshInMs">When to ask for the next one.</param>
internal sealed record PassView(string Pass, DateTimeOffset ExpiresAt, long RefreshInMs)
{
    /// <summary>Hides it from logs.</summary>
    public override string ToString() => "PassView(hidden)";
}

/// <summary>Gives passes out and recognises them. Whether their account may (still) be in the room is asked elsewhere.</summary>
internal sealed class PassDesk(IServiceProvider services, IOptions<VideoOptions> options, TimeProvider time)
{
    // A player asks twice within a pass's life, so that one lost answer harms nothing.
    private const int RefreshesPerLife = 2;

    // Found when it is first needed: video works where nobody has an account.
    private ISigner? Signer => services.GetService<ISigner>();

    /// <summary>A pass for somebody who may enter the room.</summary>
    /// <param name="isPlain">For a player that asks for no other one later.</param>
    public async ValueTask<PassView> IssueAsync(Caller caller, string roomId, bool isPlain, CancellationToken cancellationToken)
    {
        // What a platform's moderator may is written into the pass: it must not outlive the office for long.
        var settings = options.Value.Passes;
        var life = TimeSpan.FromSeconds(isPlain && !caller.Moderates ? settings.PlainLifeSeconds : settings.LifeSeconds);
        var pass = new Pass(roomId, caller.Id, caller.Moderates, DateTimeOffset.FromUnixTimeSeconds((time.GetUtcNow() + life).ToUnixTimeSeconds()));
        var signed = pass.ToBytes();
        var mac = await services.GetRequiredService<ISigner>().SignAsync(Pass.Purpose, signed, cancellationToken);
        return new PassView(Pass.Write(signed, mac), pass.ExpiresAt, (long)(life / RefreshesPerLife).TotalMilliseconds);
    }

    /// <summary>The pass that came with a request, if it is one of ours and stands; null: none does.</summary>
    public async ValueTask<Pass?> ReadAsync(HttpContext context)
    {
        var latest = context.Features.Get<LatestPass>()?.Text ?? context.Features.Get<PassText>();
        if (latest is not { } text || !Pass.TrySplit(text.Text, out var signed, out var mac) || Signer is not { } signer) { return null; }

        var right = await signer.SignAsync(Pass.Purpose, signed, context.RequestAborted);
        return Pass.Read(signed, mac, right, time.GetUtcNow());
    }

    /// <summary>Who watches, and of which room only: whoever the pass names, else whoever is signed in.</summary>
    public async ValueTask<(Caller? Caller, string? OnlyOf)> ViewerAsync(HttpContext context) => await ReadAsync(context) is { } pass
        ? (CallerOf(pass), pass.RoomId)
        : (services.GetRequiredService<ICallerAccessor>().Of(context), null);

    private static Caller CallerOf(Pass pass) =>
        new(new Person(pass.AccountId, ""), pass.Moderates ? PlatformRole.Moderator : PlatformRole.Member);
}
