using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LiveCommerce.StripeSandbox;

/// <summary>For the host.</summary>
public static class StripeSandboxServices
{
    /// <summary>
    /// Binds <see cref="StripeSandboxOptions"/> to the section <c>StripeSandbox</c>; a misspelt name, a live key or a public address stops the start.
    /// The host starts the server itself (<see cref="StripeSandboxServer.StartAsync"/>), since others need its address.
    /// </summary>
    public static IServiceCollection AddStripeSandboxOptions(this IServiceCollection services)
    {
        services.AddSingleton<IValidateOptions<StripeSandboxOptions>, StripeSandboxSafety>();
        services.AddSingleton<IValidateOptions<StripeSandboxOptions>, StripeSandboxRanges>();
        services.AddOptions<StripeSandboxOptions>()
            .BindConfiguration("StripeSandbox", binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateOnStart();
        return services;
    }
}
